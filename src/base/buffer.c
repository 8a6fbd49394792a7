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

void drill_buffer_put_u64(DrillBuffer *buffer, uint64_t number) {
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + (int)(number % 10));
        number /= 10;
    } while (number != 0);
    drill_buffer_put(buffer, digits + at, sizeof digits - at);
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
