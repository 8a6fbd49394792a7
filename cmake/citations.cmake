# Which source cites which statement, as a C table for `mqttdrill clauses`: src/spec/gen/citations_gen.c reads the sources of
# client, broker and codec on the machine that builds.
add_executable(drill_citations_gen ${CMAKE_SOURCE_DIR}/src/spec/gen/citations_gen.c)
target_link_libraries(drill_citations_gen PRIVATE drill_flags)

set(DRILL_GENERATED_cli ${CMAKE_BINARY_DIR}/generated/cli/citations_table.c)
file(GLOB drill_cited CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/codec/*.c ${CMAKE_SOURCE_DIR}/src/mqtt/*.c)
# A table of what defects tolerate enforces nothing.
list(FILTER drill_cited EXCLUDE REGEX "/broker_flaws\\.c$")
list(SORT drill_cited)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/generated/cli)
add_custom_command(
    OUTPUT ${DRILL_GENERATED_cli}
    COMMAND drill_citations_gen ${DRILL_GENERATED_cli} ${CMAKE_SOURCE_DIR} ${drill_cited}
    DEPENDS drill_citations_gen ${drill_cited}
    COMMENT "Citations of statements into C"
    VERBATIM)
