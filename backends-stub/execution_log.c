#include "backends-stub/execution_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the first record lies: the header has pages of its own. */
#define RECORDS_OFFSET 8192

_Static_assert(sizeof(struct execution_log_header) <= RECORDS_OFFSET, "the header has grown");
_Static_assert(RECORDS_OFFSET % alignof(struct execution_record) == 0, "records are misaligned");

static size_t log_bytes(uint32_t capacity)
{
    return RECORDS_OFFSET + (size_t)capacity * sizeof(struct execution_record);
}

/* From the size of the mapping, for the shared header is only as good as the other process. */
static uint32_t log_capacity(const struct execution_log *log)
{
    return (uint32_t)((log->bytes - RECORDS_OFFSET) / sizeof(struct execution_record));
}

static int map(struct execution_log *log, int fd, size_t bytes, struct error *reterr)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (memory == MAP_FAILED) {
        return error_os(reterr, errno, "cannot map the execution log");
    }
    *log = (struct execution_log){
        .header = memory,
        .records = (struct execution_record *)(void *)((char *)memory + RECORDS_OFFSET),
        .bytes = bytes,
    };
    return 0;
}

static int size_and_seal(int fd, size_t bytes, struct error *reterr)
{
    if (ftruncate(fd, (off_t)bytes) != 0) {
        return error_os(reterr, errno, "cannot size the execution log to %zu bytes", bytes);
    }
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        return error_os(reterr, errno, "cannot seal the execution log");
    }
    return 0;
}

int execution_log_create(struct execution_log *log,
                         uint32_t capacity,
                         uint16_t node,
                         uint16_t incarnation,
                         int *ret_fd,
                         struct error *reterr)
{
    int fd = memfd_create("bascule-execution-log", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0) {
        return error_os(reterr, errno, "cannot create an execution log");
    }
    if (size_and_seal(fd, log_bytes(capacity), reterr) != 0 ||
        map(log, fd, log_bytes(capacity), reterr) != 0) {
        (void)close(fd);
        return -1;
    }
    log->header->version = EXECUTION_LOG_VERSION;
    log->header->capacity = capacity;
    log->header->node = node;
    log->header->incarnation = incarnation;
    *ret_fd = fd;
    return 0;
}

int execution_log_open(struct execution_log *log, int fd, struct error *reterr)
{
    struct stat status;
    int seals = fcntl(fd, F_GET_SEALS);

    if (seals < 0 || fstat(fd, &status) != 0) {
        return error_os(reterr, errno, "descriptor %d is not an execution log", fd);
    }
    if ((seals & F_SEAL_SHRINK) == 0) {
        return error_plain(reterr, "the execution log on descriptor %d is not sealed", fd);
    }
    if (status.st_size < RECORDS_OFFSET) {
        return error_plain(reterr, "the execution log on descriptor %d is too small", fd);
    }
    if (map(log, fd, (size_t)status.st_size, reterr) != 0) {
        return -1;
    }
    if (log->header->version != EXECUTION_LOG_VERSION ||
        log_bytes(log->header->capacity) != log->bytes) {
        execution_log_close(log);
        return error_plain(reterr, "the execution log on descriptor %d is of another version", fd);
    }
    return 0;
}

void execution_log_close(struct execution_log *log)
{
    if (log->header != NULL) {
        (void)munmap(log->header, log->bytes);
    }
    *log = (struct execution_log){0};
}

struct execution_record *execution_log_begin(struct execution_log *log)
{
    uint32_t index = atomic_load_explicit(&log->header->count, memory_order_relaxed);

    if (index >= log_capacity(log)) {
        atomic_store_explicit(&log->header->full, 1, memory_order_release);
        return NULL;
    }
    atomic_store_explicit(&log->header->count, index + 1, memory_order_release);
    return &log->records[index];
}

void execution_record_commit(struct execution_record *record)
{
    atomic_store_explicit(&record->committed, 1, memory_order_release);
}

static struct execution_hits *hits_of(const struct execution_log *log, uint32_t fault)
{
    for (size_t i = 0; i < EXECUTION_HITS_MAX; i++) {
        struct execution_hits *place = &log->header->hits[i];
        uint32_t taken = atomic_load_explicit(&place->fault, memory_order_acquire);
        if (taken == fault + 1 || taken == 0) {
            return place;
        }
    }
    return NULL;
}

void execution_log_note_hits(struct execution_log *log, uint32_t fault, uint64_t hits)
{
    struct execution_hits *place = hits_of(log, fault);

    if (place != NULL) {
        atomic_store_explicit(&place->hits, hits, memory_order_relaxed);
        atomic_store_explicit(&place->fault, fault + 1, memory_order_release);
    }
}

uint64_t execution_log_hits(const struct execution_log *log, uint32_t fault)
{
    const struct execution_hits *place = hits_of(log, fault);

    if (place == NULL || atomic_load_explicit(&place->fault, memory_order_acquire) == 0) {
        return 0;
    }
    return atomic_load_explicit(&place->hits, memory_order_relaxed);
}

uint32_t execution_log_count(const struct execution_log *log)
{
    uint32_t count = atomic_load_explicit(&log->header->count, memory_order_acquire);

    return count < log_capacity(log) ? count : log_capacity(log);
}

bool execution_log_is_full(const struct execution_log *log)
{
    return atomic_load_explicit(&log->header->full, memory_order_acquire) != 0;
}
