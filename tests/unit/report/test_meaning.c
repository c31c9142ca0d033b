/* Every word that a report may hold has a meaning, fit for any format. */
#include "report/meaning.h"

#include "core/journal.h"
#include "scenario/defaults.h"
#include "scenario/names.h"

#include "unit/cmocka_all.h"

#include <string.h>

static void assert_told(const char *word, const char *meaning)
{
    if (meaning == NULL || meaning[0] == '\0') {
        fail_msg("nobody says what '%s' means", word);
    } else if (strpbrk(meaning, "<>&\"'|`*\n") != NULL) {
        fail_msg("'%s' means something to a format", meaning);
    }
}

static void every_metric_is_told(void **state)
{
    (void)state;
    for (unsigned i = 0; i < METRICS; i++) {
        const char *word = metric_word((enum metric)i);
        assert_told(word, meaning_of_metric(word));
    }
    assert_string_equal(meaning_of_metric("switchover.p95"), meaning_of_metric("switchover"));
    assert_string_equal(meaning_of_metric("share.backup-1"), meaning_of_metric("share"));
    assert_null(meaning_of_metric("switch"));
    assert_null(meaning_of_metric("switchovers"));
    assert_null(meaning_of_metric(""));
}

static void every_fault_is_told(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FAULT_KINDS; i++) {
        const char *word = fault_kind_word((enum fault_kind)i);
        assert_told(word, meaning_of_fault(word));
    }
    for (enum confirmed_by i = CONFIRMED_BY_NOTHING + 1; i <= CONFIRMED_BY_RULE; i++) {
        assert_told(confirmed_by_word(i), meaning_of_confirmation(confirmed_by_word(i)));
    }
    assert_null(meaning_of_fault("kil"));
    assert_null(meaning_of_confirmation("nothing"));
}

static void every_client_is_told(void **state)
{
    static const enum outcome blamed[] = {OUTCOME_REFUSED, OUTCOME_CONNECT_TIMEOUT, OUTCOME_RESET,
                                          OUTCOME_TRUNCATED, OUTCOME_TIMEOUT};

    (void)state;
    for (unsigned i = 0; i < CLIENT_PROFILES; i++) {
        assert_told(client_profile_words[i], meaning_of_profile(client_profile_words[i]));
    }
    for (size_t i = 0; i < sizeof(blamed) / sizeof(blamed[0]); i++) {
        assert_told(outcome_word(blamed[i]), meaning_of_suspicion(outcome_word(blamed[i])));
    }
    assert_told("probe", meaning_of_suspicion("probe"));
    assert_null(meaning_of_suspicion("<script>"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_metric_is_told),
        cmocka_unit_test(every_fault_is_told),
        cmocka_unit_test(every_client_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
