/* Growing bytes, and text put into them. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/base.h"

#define CAPACITY_MIN ((size_t)64)

void drill_buffer_reserve(DrillBuffer *buffer, size_t extra) {
    DRILL_ASSERT(extra <= SIZE_MAX / 2 - buffer->size);
    size_t needed = buffer->size + extra;
    if (needed <= buffer->capacity) {
        return;
    }
    size_t capacity = buffer->capacity < CAPACITY_MIN ? CAPACITY_MIN : buffer->capacity * 2;
    if (capacity < needed) {
        capacity = needed;
    }
    buffer->data =
        (uint8_t *)drill_reallocate(buffer->allocator, buffer->data, buffer->capacity, capacity);
    buffer->capacity = capacity;
}

void drill_buffer_put(DrillBuffer *buffer, const void *bytes, size_t size) {
    if (size == 0) {
        return;
    }
    drill_buffer_reserve(buffer, size);
    memcpy(buffer->data + buffer->size, bytes, size);
    buffer->size += size;
}

void drill_buffer_release(DrillBuffer *buffer) {
    drill_release(buffer->allocator, buffer->data, buffer->capacity);
    buffer->data = NULL;
    buffer->size = 0;
    buffer->capacity = 0;
}

void drill_buffer_clear(DrillBuffer *buffer) {
    buffer->size = 0;
}

const char *drill_buffer_cstring(DrillBuffer *buffer) {
    drill_buffer_reserve(buffer, 1);
    buffer->data[buffer->size] = 0;
    return (const char *)buffer->data;
}

void drill_buffer_put_string(DrillBuffer *buffer, const char *string) {
    drill_buffer_put(buffer, string, strlen(string));
}

void drill_buffer_put_byte(DrillBuffer *buffer, uint8_t byte) {
    drill_buffer_reserve(buffer, 1);
    buffer->data[buffer->size++] = byte;
}

static size_t count_digits(uint64_t number) {
    /* clang-format off */
    static const uint64_t powers[20] = {
        0, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000,
        100000000000, 1000000000000, 10000000000000, 100000000000000, 1000000000000000,
        10000000000000000, 100000000000000000, 1000000000000000000, UINT64_C(10000000000000000000)};
    /* clang-format on */
    /* 1233 / 4096 is a little more than the logarithm of 2 */
    unsigned bits = 64u - (unsigned)__builtin_clzll(number | 1);
    unsigned least = bits * 1233 >> 12;
    return least + (number >= powers[least] ? 1 : 0);
}

/* Written where they stay, two digits a division. */
size_t drill_write_u64(uint8_t *out, uint64_t number) {
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    size_t length = count_digits(number), at = length;
    for (; at >= 2; number /= 100) {
        at -= 2;
        memcpy(out + at, pairs + number % 100 * 2, 2);
    }
    if (at == 1) {
        out[0] = (uint8_t)('0' + number);
    }
    return length;
}

void drill_buffer_put_u64(DrillBuffer *buffer, uint64_t number) {
    drill_buffer_reserve(buffer, DRILL_U64_DIGITS);
    buffer->size += drill_write_u64(buffer->data + buffer->size, number);
}

void drill_buffer_print(DrillBuffer *buffer, const char *format, ...) {
    va_list arguments;
    va_list again;
    va_start(arguments, format);
    va_copy(again, arguments);
    drill_buffer_reserve(buffer, 1);
    size_t room = buffer->capacity - buffer->size;
    int length = vsnprintf((char *)buffer->data + buffer->size, room, format, arguments);
    va_end(arguments);
    DRILL_ASSERT(length >= 0);
    if ((size_t)length >= room) {
        drill_buffer_reserve(buffer, (size_t)length + 1);
        length = vsnprintf((char *)buffer->data + buffer->size, buffer->capacity - buffer->size,
                           format, again);
        DRILL_ASSERT(length >= 0);
    }
    va_end(again);
    buffer->size += (size_t)length;
}
