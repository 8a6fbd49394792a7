# The statements of both standards, from CSV to a C table at build time: src/spec/gen/statements_gen.c is built and run on
# the machine that builds. CMake's own lists cannot hold text with semicolons, so CMake does not read the CSV itself.
add_executable(drill_statements_gen ${CMAKE_SOURCE_DIR}/src/spec/gen/statements_gen.c)
target_link_libraries(drill_statements_gen PRIVATE drill_flags)

set(DRILL_GENERATED_spec ${CMAKE_BINARY_DIR}/generated/spec/statements_table.c)
set(drill_spec_csv ${CMAKE_SOURCE_DIR}/src/spec/statements_v3.csv ${CMAKE_SOURCE_DIR}/src/spec/statements_v5.csv
                   ${CMAKE_SOURCE_DIR}/src/spec/aliases.csv)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/generated/spec)
add_custom_command(
    OUTPUT ${DRILL_GENERATED_spec}
    COMMAND drill_statements_gen ${DRILL_GENERATED_spec} ${drill_spec_csv}
    DEPENDS drill_statements_gen ${drill_spec_csv}
    COMMENT "Statements of MQTT 3.1.1 and 5.0 into C"
    VERBATIM)
