/* Drawing: every format gives a file of its kind, Graphviz accepts our text, errors are told. */
#include "unit/report/golden.h"
#include "unit/report/story.h"

#include <graphviz/cgraph.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/diagram.h"
#include "unit/folder_root.h"

static const char *folder;

static void make_folder(void) {
    folder = folder_new();
}

static void remove_folder(void) {
    static const char *const names[] = {"a.svg",  "a.png", "a.pdf",   "a.dot",  "a.mmd",
                                        "a.puml", "b.svg", "b-2.svg", "b-3.svg"};
    char path[256];
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    ck_assert_int_eq(rmdir(folder), 0);
}

static DrillDiagram *build(Story *story) {
    free(story_finish(story));
    DrillDiagram *diagram = drill_diagram_build(&story->file, NULL, 0, &(DrillDiagramOptions){0});
    story_free(story);
    return diagram;
}

static void check_file(DrillDiagram *diagram, const char *name, const char *magic) {
    char path[256];
    DrillDiagnostic diagnostic;
    DrillDiagramFormat format;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert(drill_diagram_format_of(path, &format));
    DrillResult result = drill_diagram_write(diagram, format, path, &diagnostic);
    ck_assert_msg(result == DRILL_OK, "%s", diagnostic.text);
    DrillBuffer text = golden_file(path);
    ck_assert_uint_gt(text.size, 500);
    ck_assert_mem_eq(text.data, magic, strlen(magic));
    drill_buffer_release(&text);
}

START_TEST(every_format_gives_its_kind_of_file) {
    DrillDiagram *diagram = build(story_lost_pubrec(false));
    check_file(diagram, "a.svg", "<?xml");
    check_file(diagram, "a.png", "\x89PNG\r\n");
    check_file(diagram, "a.pdf", "%PDF-");
    check_file(diagram, "a.dot", "digraph");
    check_file(diagram, "a.mmd", "sequenceDiagram");
    check_file(diagram, "a.puml", "@startuml");
    drill_diagram_free(diagram);
}
END_TEST

START_TEST(pages_get_their_own_files) {
    DrillDiagram *diagram = build(story_long(10));
    ck_assert_uint_eq(drill_diagram_page_count(diagram), 2);
    check_file(diagram, "b.svg", "<?xml");
    char path[256];
    snprintf(path, sizeof path, "%s/b-2.svg", folder);
    DrillBuffer second = golden_file(path);
    ck_assert(golden_has(&second, "page 2 of 2"));
    drill_buffer_release(&second);
    snprintf(path, sizeof path, "%s/b-3.svg", folder);
    ck_assert_int_ne(access(path, F_OK), 0);
    drill_diagram_free(diagram);
}
END_TEST

/* Positions survive: the drawing has every label where the layout put it. */
START_TEST(graphviz_reads_the_text) {
    DrillDiagram *diagram = build(story_fan_out());
    DrillBuffer dot = golden_buffer();
    drill_diagram_dot(diagram, 0, &dot);
    Agraph_t *graph = agmemread(drill_buffer_cstring(&dot));
    ck_assert_ptr_nonnull(graph);
    ck_assert_int_gt(agnedges(graph), 100);
    char key[] = "pos";
    for (Agnode_t *node = agfstnode(graph); node != NULL; node = agnxtnode(graph, node)) {
        ck_assert_str_ne(agget(node, key), "");
        for (Agedge_t *edge = agfstout(graph, node); edge != NULL; edge = agnxtout(graph, edge)) {
            ck_assert_str_ne(agget(edge, key), "");
        }
    }
    agclose(graph);
    drill_buffer_release(&dot);
    drill_diagram_free(diagram);
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_told) {
    DrillDiagram *diagram = build(story_lost_pubrec(false));
    DrillDiagnostic diagnostic;
    ck_assert_int_eq(
        drill_diagram_write(diagram, DRILL_DIAGRAM_SVG, "no/such/folder/a.svg", &diagnostic),
        DRILL_IO);
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "no/such/folder/a.svg"));
    ck_assert_int_eq(
        drill_diagram_write(diagram, DRILL_DIAGRAM_DOT, "no/such/folder/a.dot", &diagnostic),
        DRILL_IO);
    drill_diagram_free(diagram);
}
END_TEST

/* Graphviz itself would end the process. */
START_TEST(a_full_disk_is_told) {
    static const char *const paths[] = {"full.svg", "full.png", "full.dot"};
    static const DrillDiagramFormat formats[] = {DRILL_DIAGRAM_SVG, DRILL_DIAGRAM_PNG,
                                                 DRILL_DIAGRAM_DOT};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(paths); i++) {
        DrillDiagram *diagram = build(story_lost_pubrec(false));
        DrillDiagnostic diagnostic;
        (void)unlink(paths[i]);
        ck_assert_int_eq(symlink("/dev/full", paths[i]), 0);
        ck_assert_int_eq(drill_diagram_write(diagram, formats[i], paths[i], &diagnostic), DRILL_IO);
        ck_assert_ptr_nonnull(strstr(diagnostic.text, "not written completely"));
        ck_assert_int_eq(unlink(paths[i]), 0);
        drill_diagram_free(diagram);
    }
}
END_TEST

static void check_path(const char *path, size_t page, const char *expected) {
    DrillBuffer out = golden_buffer();
    drill_diagram_page_path(path, page, &out);
    ck_assert_str_eq(drill_buffer_cstring(&out), expected);
    drill_buffer_release(&out);
}

START_TEST(page_names) {
    check_path("out/a.svg", 0, "out/a.svg");
    check_path("out/a.svg", 1, "out/a-2.svg");
    check_path("out.d/a", 2, "out.d/a-3");
    check_path("out.d/.svg", 1, "out.d/.svg-2");
}
END_TEST

START_TEST(formats_by_name) {
    DrillDiagramFormat format;
    ck_assert(drill_diagram_format_of("x/y.mermaid", &format) && format == DRILL_DIAGRAM_MERMAID);
    ck_assert(drill_diagram_format_of("y.gv", &format) && format == DRILL_DIAGRAM_DOT);
    ck_assert(!drill_diagram_format_of("y.txt", &format));
    ck_assert(!drill_diagram_format_of("svg", &format));
    ck_assert(drill_diagram_format_named("plantuml", &format) && format == DRILL_DIAGRAM_PLANTUML);
    ck_assert(!drill_diagram_format_named("", &format));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("report/diagram_render");
    TCase *cases = tcase_create("render");
    tcase_add_checked_fixture(cases, make_folder, remove_folder);
    tcase_add_test(cases, every_format_gives_its_kind_of_file);
    tcase_add_test(cases, pages_get_their_own_files);
    tcase_add_test(cases, graphviz_reads_the_text);
    tcase_add_test(cases, a_folder_that_is_not_there_is_told);
    tcase_add_test(cases, a_full_disk_is_told);
    tcase_add_test(cases, page_names);
    tcase_add_test(cases, formats_by_name);
    tcase_set_timeout(cases, 60);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
