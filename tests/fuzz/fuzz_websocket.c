/* The head of an opening, or frames for either end, cut by the first three bytes: cut or whole, the
   same is heard, complained about and answered. */
#include "core/stream/websocket.h"

#include "fuzz/fuzz.h"
#include "world/websocket_frames.h"

#include <stdlib.h>

#define HEAD   3
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

static struct fuzz_log in_pieces;
static struct fuzz_log at_once;
static char message_buffer[1024];

/* ---- the opening ---- */

static void note_answer(struct fuzz_log *log,
                        const struct websocket_answer *answer,
                        enum websocket_step step,
                        size_t used)
{
    CHECK((step == WEBSOCKET_BROKEN) == (answer->why != NULL));
    fuzz_log_add(log, &step, sizeof step);
    fuzz_log_add(log, &used, sizeof used);
    fuzz_log_add(log, &answer->status, sizeof answer->status);
    fuzz_log_add(log, &answer->retry_after, sizeof answer->retry_after);
    fuzz_log_add_text(log, answer->why);
}

static void fuzz_opening(uint32_t seed, const char *bytes, size_t length)
{
    struct websocket_answer answer;
    const char *at = bytes;
    enum websocket_step step = WEBSOCKET_MORE;

    websocket_answer_init(&answer, ACCEPT);
    while (step == WEBSOCKET_MORE && at < bytes + length) {
        const char *end = at + fuzz_piece(&seed, (size_t)(bytes + length - at));

        step = websocket_answer_step(&answer, &at, end);
        CHECK(step != WEBSOCKET_MORE || at == end);
    }
    note_answer(&in_pieces, &answer, step, (size_t)(at - bytes));
    websocket_answer_init(&answer, ACCEPT);
    at = bytes;
    step = websocket_answer_step(&answer, &at, bytes + length);
    note_answer(&at_once, &answer, step, (size_t)(at - bytes));
    CHECK(step != WEBSOCKET_OPEN ||
          (answer.status == 101 && (size_t)(at - bytes) > strlen(ACCEPT)));
}

/* ---- frames ---- */

static void hear(void *arg, const struct websocket_message *message)
{
    struct fuzz_log *log = arg;

    CHECK(message->length <= sizeof message_buffer);
    fuzz_log_add(log, &message->kind, sizeof message->kind);
    fuzz_log_add(log, &message->code, sizeof message->code);
    fuzz_log_add(log, message->bytes, message->length);
}

static struct websocket_frames *frames_for(enum websocket_role role, struct fuzz_log *log)
{
    const struct websocket_frames_settings settings = {
        .role = role,
        .seed = 1,
        .buffer = message_buffer,
        .capacity = sizeof message_buffer,
        .arg = log,
        .message = hear,
    };

    return websocket_frames_new(&settings);
}

static void note_end(struct websocket_frames *frames, struct fuzz_log *log, const char *why)
{
    const char *bytes = NULL;
    size_t length = websocket_frames_output(frames, &bytes);

    fuzz_log_add_text(log, why);
    fuzz_log_add(log, bytes, length);
    CHECK(why[0] == '\0' || length >= 4); /* a close that says so */
    CHECK(why[0] == '\0' || websocket_frames_text(frames, "x", 1) != 0);
    websocket_frames_sent(frames, length);
    (void)websocket_frames_free(frames);
}

static void fuzz_frames(enum websocket_role role, uint32_t seed, const char *bytes, size_t length)
{
    struct websocket_frames *frames = frames_for(role, &in_pieces);
    struct error error = {0};
    size_t done = 0;

    while (!error_is_set(&error) && done < length) {
        size_t piece = fuzz_piece(&seed, length - done);

        (void)websocket_frames_feed(frames, bytes + done, piece, &error);
        done += piece;
    }
    note_end(frames, &in_pieces, error.text);
    frames = frames_for(role, &at_once);
    error = (struct error){0};
    (void)websocket_frames_feed(frames, bytes, length, &error);
    note_end(frames, &at_once, error.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data + HEAD;

    if (size < HEAD || size > FUZZ_INPUT_MAX) {
        return 0;
    }
    uint32_t seed = (uint32_t)data[1] << 8 | data[2];
    in_pieces.length = at_once.length = 0;
    if (data[0] % 3 == 0) {
        fuzz_opening(seed, bytes, size - HEAD);
    } else {
        fuzz_frames(data[0] % 3 == 1 ? WEBSOCKET_CLIENT : WEBSOCKET_SERVER, seed, bytes,
                    size - HEAD);
    }
    fuzz_log_compare(&in_pieces, &at_once);
    return 0;
}
