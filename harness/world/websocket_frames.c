#include "world/websocket_frames.h"

#include "base/check.h"
#include "base/prng.h"
#include "scenario/encoding.h"

#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

#define HEADER_MAX  8 /* of a frame of up to 64 KiB, its mask included */
#define CONTROL_MAX 125
#define CLOSE_ROOM  (HEADER_MAX + CONTROL_MAX) /* kept free for the one close */
#define NO_MESSAGE  WSLAY_CONTINUATION_FRAME

struct websocket_frames {
    struct websocket_frames_settings settings;
    struct prng prng; /* of the masks */
    wslay_frame_context_ptr context;

    const char *in; /* of one feed */
    size_t in_length;
    bool in_frame;
    uint8_t frame_opcode;
    bool frame_is_last;
    uint64_t frame_left;
    uint8_t opcode; /* of the message that has begun, or NO_MESSAGE */
    size_t length;  /* of it, so far */
    char control[CONTROL_MAX];
    size_t control_length;

    const char *why; /* the peer broke the rules; lives for ever */
    bool close_received;
    bool close_queued;
    char out[WEBSOCKET_OUTPUT_MAX];
    size_t out_length;
    size_t out_sent;
};

/* ---- libwslay's callbacks ---- */

static ssize_t on_read(uint8_t *buffer, size_t space, int flags, void *arg)
{
    struct websocket_frames *frames = arg;
    size_t length = frames->in_length < space ? frames->in_length : space;

    (void)flags;
    if (length == 0) {
        return -1;
    }
    memcpy(buffer, frames->in, length);
    frames->in += length;
    frames->in_length -= length;
    return (ssize_t)length;
}

static ssize_t on_write(const uint8_t *data, size_t length, int flags, void *arg)
{
    struct websocket_frames *frames = arg;

    (void)flags;
    CHECK(length <= sizeof frames->out - frames->out_length);
    memcpy(frames->out + frames->out_length, data, length);
    frames->out_length += length;
    return (ssize_t)length;
}

static int on_mask(uint8_t *buffer, size_t length, void *arg)
{
    struct websocket_frames *frames = arg;

    for (size_t i = 0; i < length; i++) {
        buffer[i] = (uint8_t)prng_next(&frames->prng);
    }
    return 0;
}

/* ---- out ---- */

static bool has_room(struct websocket_frames *frames, size_t length)
{
    size_t waiting = frames->out_length - frames->out_sent;

    memmove(frames->out, frames->out + frames->out_sent, waiting);
    frames->out_length = waiting;
    frames->out_sent = 0;
    return HEADER_MAX + length + CLOSE_ROOM <= sizeof frames->out - waiting;
}

static void put(struct websocket_frames *frames, uint8_t opcode, const char *bytes, size_t length)
{
    struct wslay_frame_iocb frame = {
        .fin = 1,
        .opcode = opcode,
        .payload_length = length,
        .mask = frames->settings.role == WEBSOCKET_CLIENT,
        .data = (const uint8_t *)bytes,
        .data_length = length,
    };

    CHECK(wslay_frame_send(frames->context, &frame) == (ssize_t)length);
}

static int
send_frame(struct websocket_frames *frames, uint8_t opcode, const char *bytes, size_t length)
{
    if (frames->close_queued || length > sizeof frames->out || !has_room(frames, length)) {
        return -1;
    }
    put(frames, opcode, bytes, length);
    return 0;
}

/* payload: its code and a reason. */
static void send_close(struct websocket_frames *frames, const char *payload, size_t length)
{
    if (!frames->close_queued) {
        (void)has_room(frames, 0); /* what was kept free is now in one piece */
        put(frames, WSLAY_CONNECTION_CLOSE, payload, length);
        frames->close_queued = true;
    }
}

int websocket_frames_text(struct websocket_frames *frames, const char *text, size_t length)
{
    return send_frame(frames, WSLAY_TEXT_FRAME, text, length);
}

int websocket_frames_ping(struct websocket_frames *frames)
{
    return send_frame(frames, WSLAY_PING, "", 0);
}

void websocket_frames_close(struct websocket_frames *frames, enum websocket_code code)
{
    const char payload[2] = {(char)((unsigned)code >> 8), (char)((unsigned)code & 0xFFU)};

    send_close(frames, payload, code == WEBSOCKET_CODE_NONE ? 0 : sizeof payload);
}

size_t websocket_frames_output(struct websocket_frames *frames, const char **ret)
{
    *ret = frames->out + frames->out_sent;
    return frames->out_length - frames->out_sent;
}

void websocket_frames_sent(struct websocket_frames *frames, size_t length)
{
    CHECK(length <= frames->out_length - frames->out_sent);
    frames->out_sent += length;
}

bool websocket_frames_is_over(struct websocket_frames *frames)
{
    return frames->close_received && frames->out_sent == frames->out_length;
}

/* ---- in ---- */

static void fail(struct websocket_frames *frames, enum wslay_status_code code, const char *why)
{
    frames->why = why;
    websocket_frames_close(frames, (enum websocket_code)code);
}

static void break_rule(struct websocket_frames *frames, const char *why)
{
    fail(frames, WSLAY_CODE_PROTOCOL_ERROR, why);
}

static bool is_utf8(const char *bytes, size_t length)
{
    uint32_t code = 0;

    while (length > 0) {
        size_t taken = encoding_decode(bytes, length, &code);

        if (taken == 0) {
            return false;
        }
        bytes += taken;
        length -= taken;
    }
    return true;
}

static void tell(struct websocket_frames *frames, struct websocket_message message)
{
    frames->settings.message(frames->settings.arg, &message);
}

/* RFC 6455, section 7.4, and the codes registered since. */
static bool is_close_code(unsigned code)
{
    return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
           (code >= 3000 && code <= 4999);
}

static void take_close(struct websocket_frames *frames)
{
    size_t length = frames->control_length;
    const unsigned char *bytes = (const unsigned char *)frames->control;
    unsigned code = length < 2 ? WEBSOCKET_CODE_NONE : (unsigned)bytes[0] << 8 | bytes[1];

    if (length == 1 || (length > 1 && !is_close_code(code))) {
        break_rule(frames, "a close without a right code");
        return;
    }
    if (length > 2 && !is_utf8(frames->control + 2, length - 2)) {
        fail(frames, WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA, "text that is not UTF-8");
        return;
    }
    frames->close_received = true;
    send_close(frames, frames->control, length);
    tell(frames, (struct websocket_message){
                     .kind = WEBSOCKET_CLOSE,
                     .code = (uint16_t)code,
                     .bytes = length > 2 ? frames->control + 2 : "",
                     .length = length > 2 ? length - 2 : 0,
                 });
}

static void take_control(struct websocket_frames *frames)
{
    if (frames->frame_opcode == WSLAY_CONNECTION_CLOSE) {
        take_close(frames);
        return;
    }
    if (frames->frame_opcode == WSLAY_PING) {
        (void)send_frame(frames, WSLAY_PONG, frames->control, frames->control_length);
    }
    tell(frames, (struct websocket_message){
                     .kind = frames->frame_opcode == WSLAY_PING ? WEBSOCKET_PING : WEBSOCKET_PONG,
                     .bytes = frames->control,
                     .length = frames->control_length,
                 });
}

static void take_message(struct websocket_frames *frames)
{
    bool is_text = frames->opcode == WSLAY_TEXT_FRAME;
    size_t length = frames->length;

    frames->opcode = NO_MESSAGE;
    frames->length = 0;
    if (is_text && !is_utf8(frames->settings.buffer, length)) {
        fail(frames, WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA, "text that is not UTF-8");
        return;
    }
    tell(frames, (struct websocket_message){
                     .kind = is_text ? WEBSOCKET_TEXT : WEBSOCKET_BINARY,
                     .bytes = frames->settings.buffer,
                     .length = length,
                 });
}

static void begin_data(struct websocket_frames *frames, const struct wslay_frame_iocb *frame)
{
    bool is_first = frame->opcode != WSLAY_CONTINUATION_FRAME;

    if (frame->opcode > WSLAY_BINARY_FRAME) {
        break_rule(frames, "a frame of an unknown kind");
    } else if (is_first != (frames->opcode == NO_MESSAGE)) {
        break_rule(frames, "a fragment out of place");
    } else if (frame->payload_length > frames->settings.capacity - frames->length) {
        fail(frames, WSLAY_CODE_MESSAGE_TOO_BIG, "a message is too long");
    } else if (is_first) {
        frames->opcode = frame->opcode;
    }
}

static void begin_frame(struct websocket_frames *frames, const struct wslay_frame_iocb *frame)
{
    bool from_client = frames->settings.role == WEBSOCKET_SERVER;

    if ((frame->mask != 0) != from_client) {
        break_rule(frames, from_client ? "a frame that is not masked" : "a masked frame");
        return;
    }
    if (frame->rsv != WSLAY_RSV_NONE) {
        break_rule(frames, "a frame with reserved bits");
        return;
    }
    if (!wslay_is_ctrl_frame(frame->opcode)) {
        begin_data(frames, frame);
    } else if (frame->opcode > WSLAY_PONG) {
        break_rule(frames, "a frame of an unknown kind");
    }
    frames->in_frame = true;
    frames->frame_opcode = frame->opcode;
    frames->frame_is_last = frame->fin != 0;
    frames->frame_left = frame->payload_length;
    frames->control_length = 0;
}

static void end_frame(struct websocket_frames *frames)
{
    frames->in_frame = false;
    if (wslay_is_ctrl_frame(frames->frame_opcode)) {
        take_control(frames);
    } else if (frames->frame_is_last) {
        take_message(frames);
    }
}

/* One piece of one frame. */
static void take(struct websocket_frames *frames, const struct wslay_frame_iocb *frame)
{
    if (!frames->in_frame) {
        begin_frame(frames, frame);
    }
    if (frames->why != NULL) {
        return;
    }
    CHECK(frame->data_length <= frames->frame_left);
    if (frame->data_length > 0 && wslay_is_ctrl_frame(frames->frame_opcode)) {
        memcpy(frames->control + frames->control_length, frame->data, frame->data_length);
        frames->control_length += frame->data_length;
    } else if (frame->data_length > 0) {
        memcpy(frames->settings.buffer + frames->length, frame->data, frame->data_length);
        frames->length += frame->data_length;
    }
    frames->frame_left -= frame->data_length;
    if (frames->frame_left == 0) {
        end_frame(frames);
    }
}

int websocket_frames_feed(struct websocket_frames *frames,
                          const char *bytes,
                          size_t length,
                          struct error *reterr)
{
    frames->in = bytes;
    frames->in_length = length;
    while (frames->why == NULL && !frames->close_received) {
        struct wslay_frame_iocb frame = {0};
        ssize_t got = wslay_frame_recv(frames->context, &frame);

        if (got == WSLAY_ERR_WANT_READ) {
            break;
        }
        if (got < 0) {
            break_rule(frames, "a frame of a wrong length");
        } else {
            take(frames, &frame);
        }
    }
    frames->in = NULL;
    frames->in_length = 0;
    return frames->why == NULL ? 0 : error_plain(reterr, "%s", frames->why);
}

/* ---- beginning and end ---- */

struct websocket_frames *websocket_frames_new(const struct websocket_frames_settings *settings)
{
    static const struct wslay_frame_callbacks callbacks = {
        .send_callback = on_write,
        .recv_callback = on_read,
        .genmask_callback = on_mask,
    };
    struct websocket_frames *frames = calloc(1, sizeof *frames);

    CHECK_MEMORY(frames != NULL);
    frames->settings = *settings;
    if (frames->settings.capacity > WEBSOCKET_MESSAGE_MAX) {
        frames->settings.capacity = WEBSOCKET_MESSAGE_MAX;
    }
    frames->opcode = NO_MESSAGE;
    prng_init(&frames->prng, settings->seed, 0);
    CHECK(wslay_frame_context_init(&frames->context, &callbacks, frames) == 0);
    return frames;
}

struct websocket_frames *websocket_frames_free(struct websocket_frames *frames)
{
    if (frames != NULL) {
        wslay_frame_context_free(frames->context);
        free(frames);
    }
    return NULL;
}
