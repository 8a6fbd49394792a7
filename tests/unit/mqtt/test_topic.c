/* Topic syntax and matching, by hand and against a naive matcher. */
#include "unit/mqtt/net.h"

#include "mqtt/retained.h"
#include "mqtt/topic.h"
#include "mqtt/topic_tree.h"
#include "unit/suite.h"

static uint64_t random_state = 1;
static unsigned below(unsigned bound) {
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(random_state >> 33) % bound;
}

START_TEST(test_syntax) {
    static const char *const names[] = {"a", "/", "a/b", "//", " ", "$SYS/x", "a b/c", "/a"};
    static const char *const not_names[] = {"", "a+", "#", "a/#", "+", "a/+/b"};
    static const char *const filters[] = {"a",  "#",   "+",    "a/#", "+/b/#",
                                          "/+", "+/+", "a//#", "/",   "$SYS/#"};
    static const char *const not_filters[] = {"",   "a#",     "#/a", "a/#/b", "a+",
                                              "+a", "a/b+/c", "##",  "a/++"};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(names); i++)
        ck_assert_msg(drill_topic_is_name(drill_span_of(names[i])), "%s", names[i]);
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(not_names); i++)
        ck_assert_msg(!drill_topic_is_name(drill_span_of(not_names[i])), "%s", not_names[i]);
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(filters); i++)
        ck_assert_msg(drill_topic_is_filter(drill_span_of(filters[i])), "%s", filters[i]);
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(not_filters); i++)
        ck_assert_msg(!drill_topic_is_filter(drill_span_of(not_filters[i])), "%s", not_filters[i]);
    ck_assert(!drill_topic_is_name(drill_span("a\0b", 3)));
    ck_assert(!drill_topic_is_name(drill_span("\xFF", 1)));
    char *big = (char *)calloc(1, 65536);
    memset(big, 'a', 65536);
    ck_assert(drill_topic_is_name(drill_span(big, 65535)));
    ck_assert(!drill_topic_is_name(drill_span(big, 65536)));
    free(big);
}
END_TEST

/* The examples of section 4.7. */
START_TEST(test_matches) {
    static const struct {
        const char *filter, *name;
        bool matches;
    } rows[] = {
        {"sport/tennis/player1/#", "sport/tennis/player1", true},
        {"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
        {"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
        {"sport/#", "sport", true},
        {"sport/tennis/+", "sport/tennis/player1", true},
        {"sport/tennis/+", "sport/tennis/player1/ranking", false},
        {"sport/+", "sport", false},
        {"sport/+", "sport/", true},
        {"+/+", "/finance", true},
        {"/+", "/finance", true},
        {"+", "/finance", false},
        {"#", "$SYS/x", false},
        {"+/monitor/Clients", "$SYS/monitor/Clients", false},
        {"$SYS/#", "$SYS/x", true},
        {"$SYS/monitor/+", "$SYS/monitor/Clients", true},
        {"ACCOUNTS", "Accounts", false},
        {"#", "/", true},
        {"+/+", "/", true},
        {"a/+/b", "a//b", true},
        {"a/#", "a/", true},
        {"a", "a/", false},
        {"a/", "a", false},
    };
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        bool matches =
            drill_topic_matches(drill_span_of(rows[i].filter), drill_span_of(rows[i].name));
        ck_assert_msg(matches == rows[i].matches, "%s %s", rows[i].filter, rows[i].name);
    }
}
END_TEST

static void count_visit(void *context, DrillTopicNode *node) {
    (void)context;
    (*(int *)node->value)++;
}

static void random_topic(char *out, size_t size, bool filter) {
    static const char *const levels[] = {"a", "b", "", "c", "$S", "+"};
    unsigned count = 1 + below(5);
    out[0] = 0;
    for (unsigned i = 0; i < count; i++) {
        bool last = i + 1 == count;
        const char *level = filter && last && below(4) == 0 ? "#" : levels[below(filter ? 6 : 5)];
        snprintf(out + strlen(out), size - strlen(out), "%s%s", i == 0 ? "" : "/", level);
    }
    if (out[0] == 0) snprintf(out, size, "x");
}

enum { TOPICS = 200 };

/* Every filter against every name: the tree agrees with one-by-one matching, with each visited
 * exactly once. */
static void compare(uint64_t seed) {
    static char filters[TOPICS][64], names[TOPICS][64];
    static int filter_hits[TOPICS], name_hits[TOPICS];
    DrillTopicTree filter_tree, name_tree;
    random_state = seed;
    drill_topic_tree_init(&filter_tree, drill_allocator_malloc());
    drill_topic_tree_init(&name_tree, drill_allocator_malloc());
    for (int i = 0; i < TOPICS; i++) {
        random_topic(filters[i], sizeof filters[i], true);
        random_topic(names[i], sizeof names[i], false);
        ck_assert(drill_topic_is_filter(drill_span_of(filters[i])));
        DrillTopicNode *node = drill_topic_tree_put(&filter_tree, drill_span_of(filters[i]));
        if (node->value == NULL) node->value = &filter_hits[i];
        node = drill_topic_tree_put(&name_tree, drill_span_of(names[i]));
        if (node->value == NULL) node->value = &name_hits[i];
    }
    for (int i = 0; i < TOPICS; i++) {
        memset(filter_hits, 0, sizeof filter_hits);
        memset(name_hits, 0, sizeof name_hits);
        drill_topic_tree_match_name(&filter_tree, drill_span_of(names[i]), count_visit, NULL);
        drill_topic_tree_match_filter(&name_tree, drill_span_of(filters[i]), count_visit, NULL);
        for (int j = 0; j < TOPICS; j++) {
            bool first_filter =
                drill_topic_tree_find(&filter_tree, drill_span_of(filters[j]))->value ==
                &filter_hits[j];
            bool first_name =
                drill_topic_tree_find(&name_tree, drill_span_of(names[j]))->value == &name_hits[j];
            int matches = drill_topic_matches(drill_span_of(filters[j]), drill_span_of(names[i]));
            ck_assert_msg(!first_filter || filter_hits[j] == matches, "%s on %s", filters[j],
                          names[i]);
            matches = drill_topic_matches(drill_span_of(filters[i]), drill_span_of(names[j]));
            ck_assert_msg(!first_name || name_hits[j] == matches, "%s on %s", filters[i], names[j]);
        }
    }
    for (int i = 0; i < TOPICS; i++) {
        DrillTopicNode *node = drill_topic_tree_find(&filter_tree, drill_span_of(filters[i]));
        if (node == NULL) continue;
        node->value = NULL;
        drill_topic_tree_prune(&filter_tree, node);
    }
    ck_assert_ptr_null(filter_tree.root.first_child);
    ck_assert_uint_eq(filter_tree.nodes.count, 0);
    drill_topic_tree_release(&filter_tree);
    drill_topic_tree_release(&name_tree);
}

START_TEST(test_tree_against_naive) {
    compare((uint64_t)_i + 1);
}
END_TEST

/* 65,536 levels: no recursion may depend on them. */
START_TEST(test_deep) {
    static char slashes[65535];
    static int hits;
    memset(slashes, '/', sizeof slashes);
    DrillTopicTree tree;
    drill_topic_tree_init(&tree, drill_allocator_malloc());
    drill_topic_tree_put(&tree, drill_span(slashes, sizeof slashes))->value = &hits;
    drill_topic_tree_match_name(&tree, drill_span(slashes, sizeof slashes), count_visit, NULL);
    drill_topic_tree_match_filter(&tree, drill_span_of("#"), count_visit, NULL);
    ck_assert_int_eq(hits, 2);
    drill_topic_tree_release(&tree);
}
END_TEST

START_TEST(test_retained_store) {
    DrillAllocator allocator = drill_allocator_malloc();
    DrillRetainedStore store;
    drill_retained_init(&store, allocator);
    DrillPublishPacket publish = {.qos = DRILL_QOS_1,
                                  .retain = true,
                                  .topic = drill_span_of("a/b"),
                                  .payload = drill_span_of("1")};
    DrillMessage *one = drill_message_new(allocator, &publish, 0);
    publish.payload = drill_span_of("2");
    DrillMessage *two = drill_message_new(allocator, &publish, 0);
    drill_retained_put(&store, one);
    drill_retained_put(&store, one);
    ck_assert_uint_eq(one->references, 2);
    drill_retained_put(&store, two);
    ck_assert_uint_eq(one->references, 1);
    ck_assert_uint_eq(store.count, 1);
    ck_assert_ptr_eq(drill_retained_find(&store, drill_span_of("a/b"))->message, two);
    ck_assert_ptr_null(drill_retained_find(&store, drill_span_of("a")));
    drill_retained_remove(&store, drill_span_of("a/c"));
    drill_retained_remove(&store, drill_span_of("a"));
    drill_retained_remove(&store, drill_span_of("a/b"));
    ck_assert_uint_eq(store.count, 0);
    drill_retained_put(&store, two);
    drill_retained_clear(&store);
    ck_assert_uint_eq(two->references, 1);
    drill_message_release(one);
    drill_message_release(two);
    drill_retained_release(&store);
}
END_TEST

/* What the outer filter covers is right if no name that the inner one matches escapes it. */
START_TEST(test_covers) {
    static const struct {
        const char *outer, *inner;
        bool covers;
    } rows[] = {
        {"#", "a/+/#", true},   {"#", "$SYS/a", false},  {"+/a", "$SYS/a", false},
        {"a/#", "a", true},     {"a/#", "a/#", true},    {"a/#", "a/+/b", true},
        {"a/#", "b", false},    {"a/+", "a/b", true},    {"a/+", "a/+", true},
        {"a/+", "a/#", false},  {"a/+", "a", false},     {"a/+", "a/b/c", false},
        {"+", "+", true},       {"+", "#", false},       {"a", "a", true},
        {"a", "+", false},      {"a/b", "a/b/c", false}, {"$SYS/#", "$SYS/+", true},
        {"+/+/#", "a/b", true}, {"+/+/#", "+/#", false},
    };
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++)
        ck_assert_msg(drill_topic_covers(drill_span_of(rows[i].outer),
                                         drill_span_of(rows[i].inner)) == rows[i].covers,
                      "%s %s", rows[i].outer, rows[i].inner);
}
END_TEST

START_TEST(test_share_names) {
    static const struct {
        const char *text, *name, *filter; /* NULL: no shared filter */
    } rows[] = {
        {"$share/g/a", "g", "a"}, {"$share/g/a/#", "g", "a/#"}, {"$share/g//", "g", "/"},
        {"$share/g", NULL, NULL}, {"$share/g/", NULL, NULL},    {"$share//a", NULL, NULL},
        {"$share/", NULL, NULL},  {"$shared/g/a", NULL, NULL},  {"a/b/c", NULL, NULL},
    };
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(rows); i++) {
        DrillSpan name, filter;
        bool shared = drill_topic_split_share(drill_span_of(rows[i].text), &name, &filter);
        ck_assert_msg(shared == (rows[i].name != NULL), "%s", rows[i].text);
        if (!shared) continue;
        ck_assert(drill_span_is(name, rows[i].name) && drill_span_is(filter, rows[i].filter));
    }
    ck_assert_uint_eq(drill_topic_level_count(drill_span_of("a//b")), 3);
    ck_assert(drill_topic_has_wildcard(drill_span_of("a/+")));
    ck_assert(drill_topic_has_wildcard(drill_span_of("#")));
    ck_assert(!drill_topic_has_wildcard(drill_span_of("a/b")));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("topic");
    TCase *tcase = tcase_create("topic");
    tcase_add_test(tcase, test_syntax);
    tcase_add_test(tcase, test_matches);
    tcase_add_test(tcase, test_covers);
    tcase_add_test(tcase, test_share_names);
    tcase_add_loop_test(tcase, test_tree_against_naive, 0, 20);
    tcase_add_test(tcase, test_deep);
    tcase_add_test(tcase, test_retained_store);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
