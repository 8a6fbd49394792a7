/* SCRAM-SHA-256, the client's side. */
#include "auth/base64.h"
#include "auth/scram_keys.h"
#include "auth/scram_text.h"

static const char header[] = "n,,"; /* no channel binding, and no other authorisation identity */

DrillScramClient drill_scram_client(DrillScramKeys *keys, DrillAllocator allocator) {
    DrillScramClient client = {.keys = keys,
                               .nonce = {.allocator = allocator},
                               .message = {.allocator = allocator},
                               .scratch = {.allocator = allocator}};
    return client;
}

void drill_scram_client_release(DrillScramClient *client) {
    drill_buffer_release(&client->nonce);
    drill_buffer_release(&client->message);
    drill_buffer_release(&client->scratch);
}

void drill_scram_client_first(DrillScramClient *client, DrillSpan user_name, DrillSpan nonce,
                              DrillBuffer *out) {
    client->proved = false;
    drill_buffer_clear(&client->nonce);
    drill_buffer_put(&client->nonce, nonce.data, nonce.size);
    drill_buffer_clear(&client->message);
    drill_buffer_put_string(&client->message, "n=");
    drill_scram_put_name(&client->message, user_name);
    drill_buffer_put_string(&client->message, ",r=");
    drill_buffer_put(&client->message, nonce.data, nonce.size);
    drill_buffer_put_string(out, header);
    drill_buffer_put(out, client->message.data, client->message.size);
}

typedef struct Challenge {
    DrillSpan nonce;
    DrillSpan salt; /* in the client's scratch */
    uint32_t iterations;
} Challenge;

static const char *read_challenge(DrillScramClient *client, DrillSpan text, Challenge *out) {
    DrillSpan salt, count;
    uint64_t iterations;
    DrillSpan own = drill_buffer_span(&client->nonce);
    if (!drill_scram_take(&text, 'r', &out->nonce) || !drill_scram_take(&text, 's', &salt) ||
        !drill_scram_take(&text, 'i', &count))
        return "SCRAM: what the server said first is not r=...,s=...,i=...";
    /* RFC 5802 section 5.1: our nonce, and something of its own behind it. */
    if (!drill_scram_is_nonce(out->nonce) || out->nonce.size <= own.size ||
        !drill_span_equal(drill_span(out->nonce.data, own.size), own))
        return "SCRAM: the server's nonce does not go on where ours ends";
    drill_buffer_clear(&client->scratch);
    if (!drill_base64_read(salt, &client->scratch) || client->scratch.size == 0)
        return "SCRAM: the salt is not base 64";
    if (drill_parse_u64(count, &iterations) != DRILL_OK || iterations < 1 ||
        iterations > DRILL_SCRAM_ITERATIONS_MAX)
        return "SCRAM: a number of iterations that is none, or above 1000000";
    out->salt = drill_buffer_span(&client->scratch);
    out->iterations = (uint32_t)iterations;
    return NULL;
}

const char *drill_scram_client_final(DrillScramClient *client, DrillSpan password,
                                     DrillSpan server_first, DrillBuffer *out) {
    Challenge challenge;
    uint8_t proof[DRILL_SHA256_BYTES];
    if (client->proved) return "SCRAM: the server asks once more after our proof";
    const char *wrong = read_challenge(client, server_first, &challenge);
    if (wrong != NULL) return wrong;
    DrillScramDerived derived =
        drill_scram_derive(client->keys, password, challenge.salt, challenge.iterations);
    size_t start = out->size;
    drill_buffer_put_string(out, "c=");
    drill_base64_write(out, drill_span_of(header));
    drill_buffer_put_string(out, ",r=");
    drill_buffer_put(out, challenge.nonce.data, challenge.nonce.size);
    DrillBuffer *message = &client->message;
    drill_buffer_put_byte(message, ',');
    drill_buffer_put(message, server_first.data, server_first.size);
    drill_buffer_put_byte(message, ',');
    drill_buffer_put(message, out->data + start, out->size - start);
    drill_scram_mix(&derived, drill_buffer_span(message), derived.client_key, proof);
    drill_buffer_put_string(out, ",p=");
    drill_base64_write(out, drill_span(proof, sizeof(proof)));
    drill_scram_server_signature(&derived, drill_buffer_span(message), client->server_signature);
    client->proved = true;
    return NULL;
}

const char *drill_scram_client_verify(DrillScramClient *client, DrillSpan server_final) {
    DrillSpan value;
    if (!client->proved) return "SCRAM: the server is content before we have proved anything";
    client->proved = false;
    if (drill_scram_take(&server_final, 'e', &value))
        return "SCRAM: the server says an error where success is said";
    drill_buffer_clear(&client->scratch);
    if (!drill_scram_take(&server_final, 'v', &value) ||
        !drill_base64_read(value, &client->scratch) || client->scratch.size != DRILL_SHA256_BYTES)
        return "SCRAM: the server does not give its signature";
    if (!drill_crypto_equal(client->scratch.data, client->server_signature))
        return "SCRAM: the server's signature is wrong: it does not know the password";
    return NULL;
}
