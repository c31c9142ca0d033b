#include "report/report_digest.h"

#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

static const char *digest_of(const char *text, char buffer[static REPORT_DIGEST_MAX])
{
    json_error_t error;
    json_t *report = json_loads(text, JSON_REJECT_DUPLICATES, &error);

    assert_non_null(report);
    (void)report_digest(report, buffer);
    json_decref(report);
    return buffer;
}

static void assert_same(const char *a, const char *b)
{
    char of_a[REPORT_DIGEST_MAX];
    char of_b[REPORT_DIGEST_MAX];

    assert_string_equal(digest_of(a, of_a), digest_of(b, of_b));
}

static void assert_other(const char *a, const char *b)
{
    char of_a[REPORT_DIGEST_MAX];
    char of_b[REPORT_DIGEST_MAX];

    assert_string_not_equal(digest_of(a, of_a), digest_of(b, of_b));
}

/* By hand. */
static void test_the_form(void **state)
{
    static const struct {
        const char *report;
        const char *form;
    } cases[] = {
        {"{}", "o0:"},
        {"{\"b\": [], \"a\": null}", "o2:s1:azs1:ba0:"},
        {"{\"a\": [1, -2.50, 1e3, 0.1, true, false, \"\\u00e9\", {}]}",
         "o1:s1:aa8:n1;n-2.5;n1000;n0.1;tfs2:\xC3\xA9o0:"},
        {"{\"a\": 123456789012.345, \"b\": 1.0000000000000001}",
         "o2:s1:an123456789012.345;s1:bn1;"},
        {"{\"a\": 9223372036854775807, \"b\": -0.0, \"c\": 1e300, \"digest\": 1}",
         "o3:s1:an9223372036854775807;s1:bn0;s1:cn1e+300;"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char hex[SHA256_HEX_MAX];
        char wanted[REPORT_DIGEST_MAX];
        char found[REPORT_DIGEST_MAX];
        (void)snprintf(wanted, sizeof(wanted), "sha256:%s",
                       sha256_hex(cases[i].form, strlen(cases[i].form), hex));
        assert_string_equal(digest_of(cases[i].report, found), wanted);
    }
}

static void test_what_does_not_matter(void **state)
{
    (void)state;
    assert_same("{\"a\":1,\"b\":[2,3]}", " {\n\t\"b\" : [ 2 , 3 ] ,\r\n \"a\" : 1 }\n");
    assert_same("{\"a\": \"\\u0041\\/\\u00e9\"}", "{\"\\u0061\": \"A/\xC3\xA9\"}");
    assert_same("{\"a\": 1000.0}", "{\"a\": 1000}");
    assert_same("{\"a\": 0.1}", "{\"a\": 0.10000000000000001}");
    assert_same("{\"a\": 1.5e-7}", "{\"a\": 0.00000015}");
    assert_same("{\"a\": -0.0}", "{\"a\": 0}");
    assert_same("{\"a\": 1, \"digest\": \"x\"}", "{\"a\": 1}");
    /* In the order of bytes: capitals, then small letters, then what is not ASCII. */
    assert_same("{\"Z\": 1, \"a\": 2, \"aa\": 3, \"\xC3\xA9\": 4}",
                "{\"\xC3\xA9\": 4, \"aa\": 3, \"a\": 2, \"Z\": 1}");
}

static void test_what_matters(void **state)
{
    static const char *const reports[] = {
        "{}",
        "{\"a\": null}",
        "{\"a\": false}",
        "{\"a\": true}",
        "{\"a\": 0}",
        "{\"a\": \"0\"}",
        "{\"a\": \"\"}",
        "{\"a\": []}",
        "{\"a\": {}}",
        "{\"a\": [[]]}",
        "{\"a\": [[], []]}",
        "{\"a\": [\"ab\"]}",
        "{\"a\": [\"a\", \"b\"]}",
        "{\"a\": [\"b\", \"a\"]}",
        "{\"a\": [\"as1:b\"]}",
        "{\"a\": [1, 2]}",
        "{\"a\": [12]}",
        "{\"a\": 1}",
        "{\"b\": 1}",
        "{\"a\": -1}",
        "{\"a\": 1.001}",
        "{\"a\": 1000.001}",
        "{\"a\": 1000}",
        "{\"a\": {\"digest\": 1}}",
        "{\"a\": {\"digest\": 2}}",
        "{\"a\": 9007199254740993}",
        "{\"a\": 9007199254740992}",
    };
    const size_t count = sizeof(reports) / sizeof(reports[0]);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++) {
            assert_other(reports[i], reports[j]);
        }
    }
}

/* A writer has more digits in memory than it writes. */
static void test_of_what_is_written(void **state)
{
    char before[REPORT_DIGEST_MAX];
    char after[REPORT_DIGEST_MAX];
    json_t *report = json_pack("{s:[f, f, f]}", "a", 1.0 / 3, 999.9999999999999999, 2e15 / 3);
    char *text = json_dumps(report, JSON_REAL_PRECISION(15));

    (void)state;
    assert_non_null(text);
    assert_string_equal(report_digest(report, before), digest_of(text, after));
    free(text);
    json_decref(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_form),
        cmocka_unit_test(test_what_does_not_matter),
        cmocka_unit_test(test_what_matters),
        cmocka_unit_test(test_of_what_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
