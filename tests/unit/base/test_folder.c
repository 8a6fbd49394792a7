/* Nothing stays behind of tests that fail or crash. */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>

#include "unit/folder_root.h"
#include "unit/suite.h"

static void leave_file(void) {
    char path[256];
    snprintf(path, sizeof path, "%s/a", folder_new());
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    if (fd < 0) abort();
    close(fd);
}

START_TEST(fails) {
    leave_file();
    ck_abort_msg("meant to");
}
END_TEST

START_TEST(crashes) {
    leave_file();
    (void)raise(SIGKILL);
}
END_TEST

/* A program with a folder of its own, as main and the constructor make it. */
_Noreturn static void be_program(int tell, const TTest *test) {
    folder_begin();
    if (write(tell, folder_root, sizeof folder_root) != (ssize_t)sizeof folder_root) abort();
    Suite *suite = suite_create("leaves");
    TCase *cases = tcase_create("leaves");
    tcase_add_test(cases, test);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    exit(failed == 1 ? 0 : 1);
}

START_TEST(nothing_stays_behind) {
    static const TTest *tests[2];
    tests[0] = fails;
    tests[1] = crashes;
    int fds[2], status;
    char root[sizeof folder_root];
    ck_assert_int_eq(pipe(fds), 0);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) be_program(fds[1], tests[_i]);
    ck_assert_int_eq(read(fds[0], root, sizeof root), sizeof root);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    ck_assert_str_ne(root, folder_root);
    ck_assert_int_eq(access(root, F_OK), -1);
    ck_assert_int_eq(access(folder_root, F_OK), 0); /* which is not that program's to remove */
}
END_TEST

int main(void) {
    Suite *suite = suite_create("folder");
    TCase *cases = tcase_create("folder");
    tcase_add_loop_test(cases, nothing_stays_behind, 0, 2);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
