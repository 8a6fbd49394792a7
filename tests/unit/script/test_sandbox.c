/* The sandbox: the same in every run, and no way out of it. */
#include "support.h"

/* A run function's body is wrapped as in run_body; most of these need no client. */

START_TEST(pairs_is_in_order) {
    assert_logs(
        "local m = { z = 1, a = 2, [3] = 3, [-1] = 4, [2.5] = 5, B = 6, [1] = 7, ['10'] = 8 }\n"
        "for k, v in pairs(m) do t:log(k, v) end",
        "-1 4\n1 7\n2.5 5\n3 3\n10 8\nB 6\na 2\nz 1\n");
}
END_TEST

START_TEST(pairs_over_many_keys_is_the_same_in_two_states) {
    static char first[16384];
    const char *body = "local m, text = {}, {}\n"
                       "for i = 1, 500 do m['key' .. (i * 7919) % 1000] = i end\n"
                       "for k, v in pairs(m) do text[#text + 1] = k .. '=' .. v end\n"
                       "t:log(table.concat(text, ' '))";
    strcpy(first, run_body(body)->logs);
    ck_assert_uint_gt(strlen(first), 4000);
    ck_assert_str_eq(first, run_body(body)->logs);
    ck_assert_ptr_nonnull(strstr(first, "key919="));
}
END_TEST

START_TEST(pairs_allows_taking_out) {
    assert_logs("local m = { a = 1, b = 2, c = 3 }\n"
                "for k in pairs(m) do m[k] = nil; if k == 'a' then m.b = nil end; t:log(k) end\n"
                "t:log(next(m))",
                "a\nc\nnil\n");
}
END_TEST

START_TEST(pairs_honours_its_metamethod) {
    assert_logs("local m = setmetatable({}, { __pairs = function(x) return function(_, k) if not k "
                "then return 1, 2 end end, x, nil end })\n"
                "for k, v in pairs(m) do t:log(k, v) end",
                "1 2\n");
}
END_TEST

START_TEST(next_is_in_order) {
    assert_logs("local m = { b = 1, a = 2, [1] = 3 }\nlocal k, v = next(m)\nwhile k do t:log(k, v) "
                "k, v = next(m, k) end",
                "1 3\na 2\nb 1\n");
}
END_TEST

START_TEST(other_keys_have_no_order) {
    assert_broken("for k in pairs({ [true] = 1 }) do end",
                  "qos/a.lua:2: pairs: a table with a boolean as key has no order that is the same "
                  "in every run; use "
                  "numbers or strings as keys");
    assert_broken("next({ [{}] = 1 })", "qos/a.lua:2: next: a table with a table as key has no "
                                        "order that is the same in every run; use numbers "
                                        "or strings as keys");
}
END_TEST

START_TEST(sort_is_stable) {
    assert_logs("local l = {}\nfor i = 1, 200 do l[i] = { key = i * 7 % 5, at = i } end\n"
                "table.sort(l, function(a, b) return a.key < b.key end)\n"
                "local bad = 0\nfor i = 2, 200 do local a, b = l[i-1], l[i]\n"
                "if a.key > b.key or (a.key == b.key and a.at > b.at) then bad = bad + 1 end "
                "end\nt:log(bad)\n"
                "local w = { 'pear', 'fig', 'apple' } table.sort(w) t:log(table.concat(w, ' '))\n"
                "local e = {} table.sort(e) t:log(#e)\nlocal n = { 3, 1, 2, 5, 4 } table.sort(n) "
                "t:log(table.concat(n))",
                "0\napple fig pear\n0\n12345\n");
}
END_TEST

START_TEST(tostring_gives_serials) {
    assert_logs("local a, b = {}, "
                "{}\nt:log(b)\nt:log(a)\nt:log(b)\nt:log(print)\nt:log(string.format('%s|%5s|%d', "
                "a, 'x', 3))\n"
                "t:log(tostring(nil), tostring(true), tostring(1), tostring(1.5), tostring('s'))\n"
                "t:log(setmetatable({}, { __tostring = function() return 'mine' end }))\n"
                "t:log(setmetatable({}, { __name = 'Named' }))\nt:log(t)\nprint('a', b)",
                "table#1\ntable#2\ntable#1\nfunction#3\ntable#2|    x|3\nnil true 1 1.5 "
                "s\nmine\nNamed#4\nt#5\na\ttable#1\n");
}
END_TEST

START_TEST(addresses_are_refused) {
    assert_broken(
        "string.format('%p', t)",
        "qos/a.lua:2: string.format: '%p' shows an address, which differs from run to run");
}
END_TEST

START_TEST(what_differs_or_escapes_is_gone) {
    assert_logs("for _, name in ipairs { 'os', 'io', 'debug', 'package', 'dofile', 'loadfile', "
                "'loadstring', 'collectgarbage', 'coroutine', 'warn' } do\n"
                "if _G[name] ~= nil then t:log(name) end end\n"
                "t:log(math.random, math.randomseed, "
                "string.dump)\nt:log(getmetatable(''))\nt:log(getmetatable(t))",
                "nil nil nil\nfalse\nfalse\n");
}
END_TEST

START_TEST(gc_and_weak_tables_are_refused) {
    assert_broken("setmetatable({}, { __gc = function() end })",
                  "qos/a.lua:2: setmetatable: __gc is not allowed: when memory is reclaimed "
                  "differs from run to run");
    assert_broken("setmetatable({}, { __mode = 'k' })",
                  "qos/a.lua:2: setmetatable: __mode is not allowed: when memory is reclaimed "
                  "differs from run to run");
}
END_TEST

START_TEST(load_takes_only_text) {
    assert_logs("t:log(load('return 1 + 1')())\nt:log(load('return x', 'n', 't', { x = 5 })())\n"
                "local f, e = load('\\27Lua')\nt:log(f, e)\nlocal g, h = load('return +', "
                "'=n')\nt:log(g, h)",
                "2\n5\nnil attempt to load a binary chunk (mode is 't')\nnil n:1: unexpected "
                "symbol near '+'\n");
    assert_broken("load(function() end)", "qos/a.lua:2: load: expected a text, got a function");
}
END_TEST

START_TEST(patterns_do_what_lua_says) {
    assert_logs(
        "t:log(('hello world'):find('o w'))\nt:log(('hello'):find('l+'))\nt:log(('a.b'):find('.', "
        "1, true))\n"
        "t:log(('key = value'):match('^(%w+)%s*=%s*(%w+)$'))\nt:log(('f(a(b)c)d'):match('%b()'))\n"
        "t:log(('THE (quick) fox'):find('%((%a+)%)'))\nt:log(('abc'):gsub('%w', '%0%0'))\n"
        "t:log(('hello world'):gsub('o', { o = '0' }))\nt:log(('abc'):gsub('', '-'))\n"
        "t:log(('  x '):match('^%s*(.-)%s*$'))\nt:log(('THE (quick) fox'):gsub('%f[%a]%a+', "
        "string.lower))\n"
        "for k, v in ('a=1, b=2'):gmatch('(%w+)=(%w+)') do t:log(k, v) end\n"
        "t:log(('aXb'):match('()X()'))\nt:log(('\"q\"'):match('([\"\\'])(.-)%1'))\nt:log(('x'):rep("
        "3, ','))\n"
        "t:log(('[]]'):match('[]]'), ('a-b'):match('[a%-]+'), ('é'):match('[\\128-\\255]+'))\n"
        "t:log(('abc'):match('^b'), ('abc'):match('b', 2), ('abc'):find('', "
        "10))\nt:log(('ab'):gsub('^a', 'x', 1))",
        "5 7\n3 4\n2 2\nkey value\n(a(b)c)\n5 11 quick\naabbcc 3\nhell0 w0rld 2\n-a-b-c- 4\nx\nthe "
        "(quick) fox 3\n"
        "a 1\nb 2\n2 3\n\" q\nx,x,x\n] a- é\nnil b nil\nxb 1\n");
}
END_TEST

START_TEST(malformed_patterns_are_errors) {
    assert_broken("local _ = ('x'):find('[a')", "qos/a.lua:2: malformed pattern (missing ']')");
    assert_broken("local _ = ('x'):find('%')", "qos/a.lua:2: malformed pattern (ends with '%')");
    assert_broken("local _ = ('x'):find('(x')", "qos/a.lua:2: malformed pattern ('(' without ')')");
    assert_broken("local _ = ('x'):match('x)')",
                  "qos/a.lua:2: malformed pattern (')' without '(')");
    assert_broken("local _ = ('x'):find('%1')",
                  "qos/a.lua:2: malformed pattern (there is no capture %1)");
    assert_broken("('x'):gsub('x', '%2')", "qos/a.lua:2: there is no capture %2");
    assert_broken("local _ = ('x'):find('%f')",
                  "qos/a.lua:2: malformed pattern (missing '[' after '%f')");
    assert_broken("local _ = ('x'):find('%b')",
                  "qos/a.lua:2: malformed pattern ('%b' needs two characters)");
    assert_broken("('x'):gsub('x', '%')",
                  "qos/a.lua:2: string.gsub: invalid use of '%' in the replacement");
}
END_TEST

/* --- budgets --- */

START_TEST(endless_loops_end) {
    /* The handler of a spent budget would run where nothing is counted any more. */
    assert_broken("xpcall(function() while true do end end, function() while true do end end)",
                  "qos/a.lua:2: instruction budget of 200000000 exceeded");
    assert_broken("local i = 0\nwhile true do i = i + 1 end",
                  "qos/a.lua:3: instruction budget of 200000000 exceeded");
    assert_broken("while true do pcall(function() while true do end end) end",
                  "qos/a.lua:2: instruction budget of 200000000 exceeded");
}
END_TEST

START_TEST(endless_loops_end_while_loading) {
    RunOptions options = {.arena = DRILL_ARENA_MALLOC, .limits = {.instructions_max = 100000}};
    Outcome *out = run_file(&options, "local x = 1\nwhile true do x = x + 1 end\n");
    ck_assert_int_eq(out->loaded, DRILL_INVALID);
    ck_assert_str_eq(no_prefix(out->diagnostic.text),
                     "qos/a.lua:2: instruction budget of 100000 exceeded");
}
END_TEST

START_TEST(pattern_bombs_end) {
    assert_broken("local s = ('a'):rep(1000)\ns:match('a*a*a*a*a*a*a*a*b')",
                  "qos/a.lua:3: instruction budget of 200000000 exceeded");
    assert_broken("pcall(string.find, ('a'):rep(30), ('(a*)*'):rep(20) .. 'b') while true do end",
                  "qos/a.lua:2: instruction budget of 200000000 exceeded");
    assert_broken("('a'):match(('(a?'):rep(300))",
                  "qos/a.lua:2: malformed pattern (more than 32 captures)");
    assert_broken("('a'):rep(1000):match(('a?'):rep(1000))",
                  "qos/a.lua:2: pattern too complex (more than 200 nested repetitions)");
}
END_TEST

START_TEST(long_moves_in_c_end) {
    static const char spent[] = "qos/a.lua:2: instruction budget of 200000000 exceeded";
    assert_broken("table.move({}, 1, 1e15 // 1 | 0, 2)", spent);
    assert_broken("local s = (''):rep(1e15 // 1 | 0, '')", spent);
    assert_logs("t:log(#(''):rep(1e15 // 1 | 0))", "0\n");
    assert_broken("table.insert(setmetatable({}, { __len = function() return 1 << 60 end }), 1, 1)",
                  spent);
    assert_broken("table.remove(setmetatable({}, { __len = function() return 1 << 60 end }), 1)",
                  spent);
    assert_logs(
        "local l = { 1, 2, 3 } table.insert(l, 1, 0) table.insert(l, 4) table.remove(l, 2)\n"
        "t:log(table.concat(l, ' '), table.remove(l), table.concat(table.move(l, 1, 2, 3), ' '))\n"
        "t:log(pcall(table.insert, l, 9, 1))",
        "0 2 3 4 4 0 2 0 2\nfalse qos/a.lua:4: bad argument #2 to 'insert' (position out of "
        "bounds)\n");
}
END_TEST

START_TEST(memory_bombs_end) {
    assert_broken("local l = {}\nfor i = 1, 1e8 do\nl[i] = { i }\nend",
                  "qos/a.lua:4: memory limit of 64 MiB reached");
    assert_broken("local s = ('x'):rep(1e9)", "qos/a.lua:2: memory limit of 64 MiB reached");
    assert_broken("local s = 'x'\nwhile true do s = s .. s end",
                  "qos/a.lua:3: memory limit of 64 MiB reached");
    assert_broken("local s = string.format('%s%s', ('x'):rep(3e7), ('y'):rep(3e7))",
                  "qos/a.lua:2: memory limit of 64 MiB reached");
    assert_broken("pcall(string.rep, 'x', 1e9) t:log('on')",
                  "qos/a.lua:2: memory limit of 64 MiB reached");
}
END_TEST

START_TEST(deep_recursion_ends) {
    Outcome *out = run_body("local function f() return 1 + f() end\nf()");
    ck_assert_int_eq(out->outcome, DRILL_SCRIPT_ERROR);
    /* Lua's own limit on depth or the memory of so many calls: whichever comes first. */
    ck_assert_int_eq(strncmp(out->ending, "qos/a.lua:2: memory limit of 64 MiB reached", 43), 0);
    out = run_body("local s = ('('):rep(1000)\nlocal f, e = load('return ' .. s) t:log(e)");
    ck_assert_int_eq(out->outcome, DRILL_SCRIPT_FINISHED);
    ck_assert_ptr_nonnull(strstr(out->logs, "overflow"));
}
END_TEST

START_TEST(pcall_works_and_catches_errors) {
    assert_logs("t:log(pcall(function() return 1, 2 end))\nt:log(pcall(error, 'x', 0))\n"
                "t:log(pcall(function() t:sleep('1s') return t:now() end))\n"
                "t:log(xpcall(function() error('e', 0) end, function(m) return m .. '!' end))\n"
                "t:log(xpcall(function(a, b) return a + b end, print, 1, "
                "2))\nt:log(pcall(function() error({ code = 5 }) end))",
                "true 1 2\nfalse x\ntrue 1000000000\nfalse e!\ntrue 3\nfalse table#1\n");
}
END_TEST

/* --- errors of scenarios --- */

START_TEST(errors_name_file_and_line) {
    assert_broken("local x = nil\nx.y = 1",
                  "qos/a.lua:3: attempt to index a nil value (local 'x')");
    assert_broken("error('mine')", "qos/a.lua:2: mine");
    assert_broken(
        "error({})",
        "qos/a.lua:2: error raised with a table; expected a text that says what is wrong");
    assert_broken(
        "error()",
        "qos/a.lua:2: error raised with nothing; expected a text that says what is wrong");
    assert_broken("\nerror(5)",
                  "qos/a.lua:3: error raised with 5; expected a text that says what is wrong");
    assert_broken("error(false)",
                  "qos/a.lua:2: error raised with false; expected a text that says what is wrong");
    assert_broken(
        "error(t)",
        "qos/a.lua:2: error raised with a userdata; expected a text that says what is wrong");
    assert_broken(
        "local function f()\n  error('deep')\nend\nlocal function g() f() return 1 end\ng()",
        "qos/a.lua:3: deep\n    called from qos/a.lua:5\n    called from qos/a.lua:6");
}
END_TEST

/* The message that drill_script_load gives for a whole file. */
static const char *load_message(const char *text) {
    Outcome *out = run_text(text);
    ck_assert_int_eq(out->loaded, DRILL_INVALID);
    return no_prefix(out->diagnostic.text);
}

START_TEST(broken_files_are_refused) {
    ck_assert_str_eq(load_message("return scenario {\n  title = 'x',\n  run = = 1\n}"),
                     "qos/a.lua:3: unexpected symbol near '='");
    ck_assert_str_eq(
        load_message("return 5"),
        "qos/a.lua: the file must return a scenario { ... } or a list of them, and returned 5");
    ck_assert_str_eq(load_message(""), "qos/a.lua: the file must return a scenario { ... } or a "
                                       "list of them, and returned nothing");
    ck_assert_str_eq(load_message("return { title = 'x', run = print }"),
                     "qos/a.lua: the file must return a scenario { ... } or a list of them, and "
                     "returned a table");
    ck_assert_str_eq(load_message("return { scenario { title = 'x', run = print } }"),
                     "qos/a.lua: element 1 of the returned list has no 'id'");
    ck_assert_str_eq(load_message("return { scenario { id = 'a', title = 'x', run = print }, "
                                  "scenario { id = 'a', title = 'x', run = print } }"),
                     "qos/a.lua: elements 1 and 2 of the returned list have the same id 'a'");
    ck_assert_str_eq(load_message("\033Lua"),
                     "qos/a.lua: attempt to load a binary chunk (mode is 't')");
}
END_TEST

START_TEST(missing_file) {
    RunOptions options = {.arena = DRILL_ARENA_MALLOC};
    Outcome *out = run_file(&options, "");
    options.relative_path = "qos/b.lua";
    options.suite = "nowhere";
    out = run_file(&options, NULL);
    ck_assert_int_eq(out->loaded, DRILL_INVALID);
    ck_assert_str_eq(out->diagnostic.text,
                     "nowhere/qos/b.lua: cannot open: No such file or directory");
}
END_TEST

/* --- require --- */

static Outcome *run_in(const char *suite, const char *text) {
    RunOptions options = {.arena = DRILL_ARENA_MALLOC, .suite = suite};
    return run_file(&options, text);
}

START_TEST(require_reads_the_suite_s_files_once) {
    const char *suite = folder_new();
    support_write(
        suite, "lib/helpers.lua",
        "print('loading')\nlocal n = 0\nreturn { count = function() n = n + 1 return n end }\n");
    Outcome *out = run_in(suite, "local h, g = require('lib.helpers'), require('lib/helpers.lua')\n"
                                 "return scenario { title = 'x', run = function(t) t:log(h == g, "
                                 "h.count(), g.count()) end }");
    ck_assert_str_eq(out->diagnostic.text, "");
    ck_assert_str_eq(out->logs, "true 1 2\n");
}
END_TEST

START_TEST(require_stays_in_the_suite) {
    const char *suite = folder_new();
    char text[300];
    static const char *const names[][2] = {
        {"../a", "qos/a.lua:1: require: '../a' is not a name inside the suite's folder, such as "
                 "\"lib.helpers\" for lib/helpers.lua"},
        {"/etc/passwd", "qos/a.lua:1: require: '/etc/passwd' is not a name inside the suite's "
                        "folder, such as \"lib.helpers\" for lib/helpers.lua"},
        {"none", "qos/a.lua:1: require: there is no file 'none.lua' in the suite's folder"},
        {"out", "qos/a.lua:1: require: 'out.lua' leads out of the suite's folder"},
        {"self", "self.lua:1: require: 'self.lua' requires itself"},
        {"wrong", "wrong.lua:2: syntax error near <eof>"},
    };
    char link[200];
    snprintf(link, sizeof link, "%s/out.lua", suite);
    ck_assert_int_eq(symlink("/etc/passwd", link), 0);
    support_write(suite, "self.lua", "return require('self')");
    support_write(suite, "wrong.lua", "\nx");
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(names); i++) {
        snprintf(text, sizeof text, "require('%s')", names[i][0]);
        Outcome *out = run_in(suite, text);
        ck_assert_int_eq(out->loaded, DRILL_INVALID);
        const char *end = strchr(out->diagnostic.text, '\n'); /* then: where it was called */
        if (end) out->diagnostic.text[end - out->diagnostic.text] = '\0';
        ck_assert_str_eq(no_prefix(out->diagnostic.text), names[i][1]);
    }
}
END_TEST

START_TEST(require_only_while_loading) {
    assert_broken("require('x')",
                  "qos/a.lua:2: require: only while the file is loaded, not inside run");
}
END_TEST

START_TEST(hash_covers_required_files) {
    char digests[3][65];
    const char *suite = folder_new();
    for (int i = 0; i < 3; i++) {
        support_write(suite, "lib.lua", i == 1 ? "return 2" : "return 1");
        DrillArena *arena = drill_arena_new(DRILL_ARENA_MALLOC, (size_t)1 << 28);
        char path[200];
        snprintf(path, sizeof path, "%s/a.lua", suite);
        support_write(suite, "a.lua",
                      "require('lib')\nreturn scenario { title = 'x', run = print }");
        DrillScenario scenario = {
            .id = "a", .path = path, .relative_path = path + strlen(suite) + 1};
        DrillScriptOptions options = {.arena = arena, .scenario = &scenario};
        DrillScript *script;
        DrillDiagnostic diagnostic;
        ck_assert_int_eq(drill_script_load(&options, &script, &diagnostic), DRILL_OK);
        strcpy(digests[i], drill_script_sha256(script));
        drill_arena_free(arena);
    }
    ck_assert_str_ne(digests[0], digests[1]);
    ck_assert_str_eq(digests[0], digests[2]);
}
END_TEST

int main(void) {
    const TTest *tests[] = {pairs_is_in_order,
                            pairs_over_many_keys_is_the_same_in_two_states,
                            pairs_allows_taking_out,
                            pairs_honours_its_metamethod,
                            next_is_in_order,
                            other_keys_have_no_order,
                            sort_is_stable,
                            tostring_gives_serials,
                            addresses_are_refused,
                            what_differs_or_escapes_is_gone,
                            gc_and_weak_tables_are_refused,
                            load_takes_only_text,
                            patterns_do_what_lua_says,
                            malformed_patterns_are_errors,
                            endless_loops_end,
                            endless_loops_end_while_loading,
                            pattern_bombs_end,
                            memory_bombs_end,
                            long_moves_in_c_end,
                            deep_recursion_ends,
                            pcall_works_and_catches_errors,
                            errors_name_file_and_line,
                            broken_files_are_refused,
                            missing_file,
                            require_reads_the_suite_s_files_once,
                            require_stays_in_the_suite,
                            require_only_while_loading,
                            hash_covers_required_files};
    return run_suite("sandbox", tests, DRILL_ARRAY_COUNT(tests));
}
