/* SCRAM-SHA-256, the server's side. It knows passwords, not only the keys made of them: salts come
 * from a random stream and are no secret. */
#include <string.h>

#include "auth/base64.h"
#include "auth/scram_keys.h"
#include "auth/scram_text.h"

static const char not_first[] = "SCRAM: what the client says first is not n,,n=...,r=...";
static const char not_final[] = "SCRAM: the client's proof is not c=...,r=...,p=...";

/* --- users --- */

/* From 1; 0: nobody. */
static uint32_t find_user(const DrillScramServerConfig *config, DrillSpan name) {
    for (size_t i = 0; i < config->user_count; i++) {
        if (drill_span_equal(config->users[i].name, name)) return (uint32_t)i + 1;
    }
    return 0;
}

/* Who does not exist has a salt, too, always the same: what is asked of him gives nothing away. */
static void put_salt(const DrillScramServerConfig *config, uint32_t user, DrillSpan name,
                     DrillBuffer *out) {
    if (user != 0 && config->users[user - 1].salt.size > 0) {
        DrillSpan salt = config->users[user - 1].salt;
        drill_buffer_put(out, salt.data, salt.size);
        return;
    }
    for (size_t i = 0; i < DRILL_SCRAM_SALT_BYTES; i++) {
        uint64_t draw = drill_stream_draw(config->salts, drill_hash(name, 0), (uint32_t)(i / 8));
        drill_buffer_put_byte(out, (uint8_t)(draw >> 8 * (i % 8)));
    }
}

static uint32_t iterations(const DrillScramServerConfig *config) {
    return config->iterations == 0 ? DRILL_SCRAM_ITERATIONS : config->iterations;
}

/* --- client-first --- */

/* The GS2 header: "n,," or "y,,", in which "a=NAME" may stand; the rest is left in *text. */
static const char *take_header(DrillSpan *text, DrillSpan *header, DrillSpan *authzid) {
    DrillSpan all = *text;
    *authzid = drill_span(NULL, 0);
    if (text->size >= 2 && text->data[0] == 'p' && text->data[1] == '=')
        return "SCRAM: channel binding, which there is not here";
    if (text->size < 3 || (text->data[0] != 'n' && text->data[0] != 'y') || text->data[1] != ',')
        return not_first;
    *text = drill_span(text->data + 2, text->size - 2);
    if (text->data[0] == ',')
        *text = drill_span(text->data + 1, text->size - 1);
    else if (!drill_scram_take(text, 'a', authzid) || text->size == 0)
        return not_first;
    *header = drill_span(all.data, all.size - text->size);
    return NULL;
}

typedef struct First {
    DrillSpan header, authzid, bare, name, nonce;
} First;

static const char *read_first(DrillSpan text, First *out) {
    const char *wrong = take_header(&text, &out->header, &out->authzid);
    if (wrong != NULL) return wrong;
    out->bare = text;
    /* An extension that must be understood (m=) stands first, and there is none that we know. */
    if (!drill_scram_take(&text, 'n', &out->name) || !drill_scram_take(&text, 'r', &out->nonce) ||
        !drill_scram_is_nonce(out->nonce))
        return not_first;
    if (out->authzid.size > 0 && !drill_span_equal(out->authzid, out->name))
        return "SCRAM: nobody may act for somebody else here";
    return NULL;
}

static void keep(DrillScramServer *server, const First *first, DrillSpan server_first,
                 size_t nonce_size) {
    memcpy(server->header, first->header.data, first->header.size);
    server->header_size = (uint16_t)first->header.size;
    memcpy(server->text, first->bare.data, first->bare.size);
    server->text[first->bare.size] = ',';
    memcpy(server->text + first->bare.size + 1, server_first.data, server_first.size);
    server->text_size = (uint16_t)(first->bare.size + 1 + server_first.size);
    server->nonce_at = (uint16_t)(first->bare.size + 1 + strlen("r="));
    server->nonce_size = (uint16_t)nonce_size;
}

const char *drill_scram_server_first(const DrillScramServerConfig *config, DrillScramServer *server,
                                     DrillSpan nonce, DrillSpan must_be, DrillSpan client_first,
                                     DrillBuffer *out) {
    First first = {0};
    size_t start = out->size;
    DrillBuffer scratch = {.allocator = config->allocator};
    const char *wrong = read_first(client_first, &first);
    if (wrong == NULL && !drill_scram_read_name(first.name, &scratch)) wrong = not_first;
    DrillSpan name = drill_buffer_span(&scratch);
    if (wrong == NULL && must_be.size > 0 && !drill_span_equal(must_be, name))
        wrong = "SCRAM: another user than User Name says";
    if (wrong == NULL) {
        server->user = find_user(config, name);
        drill_buffer_put_string(out, "r=");
        drill_buffer_put(out, first.nonce.data, first.nonce.size);
        drill_buffer_put(out, nonce.data, nonce.size);
        drill_buffer_put_string(out, ",s=");
        DrillBuffer salt = {.allocator = config->allocator};
        put_salt(config, server->user, name, &salt);
        drill_base64_write(out, drill_buffer_span(&salt));
        drill_buffer_release(&salt);
        drill_buffer_print(out, ",i=%lu", (unsigned long)iterations(config));
        DrillSpan said = drill_span(out->data + start, out->size - start);
        if (first.bare.size + 1 + said.size > sizeof(server->text) ||
            first.header.size > sizeof(server->header))
            wrong = "SCRAM: a name or a nonce that is too long";
        else
            keep(server, &first, said, first.nonce.size + nonce.size);
    }
    drill_buffer_release(&scratch);
    return wrong;
}

/* --- client-final --- */

typedef struct Final {
    DrillSpan binding, nonce, without_proof, proof;
} Final;

static const char *read_final(DrillSpan text, Final *out) {
    DrillSpan all = text;
    DrillSpan extension;
    if (!drill_scram_take(&text, 'c', &out->binding) || !drill_scram_take(&text, 'r', &out->nonce))
        return not_final;
    while (text.size > 0 && text.data[0] != 'p') {
        if (!drill_scram_take(&text, (char)text.data[0], &extension)) return not_final;
    }
    if (text.size == 0) return not_final;
    out->without_proof = drill_span(all.data, (size_t)(text.data - all.data) - 1);
    return drill_scram_take(&text, 'p', &out->proof) && text.size == 0 ? NULL : not_final;
}

/* RFC 5802 section 5.1: c= says the GS2 header again, r= the whole nonce. */
static const char *check_final(const DrillScramServer *server, const Final *final,
                               DrillBuffer *scratch) {
    DrillSpan nonce = drill_span(server->text + server->nonce_at, server->nonce_size);
    if (!drill_span_equal(final->nonce, nonce)) return "SCRAM: the nonce is another one";
    drill_buffer_clear(scratch);
    if (!drill_base64_read(final->binding, scratch) ||
        !drill_span_equal(drill_buffer_span(scratch),
                          drill_span(server->header, server->header_size)))
        return "SCRAM: the channel binding is another one";
    drill_buffer_clear(scratch);
    return drill_base64_read(final->proof, scratch) && scratch->size == DRILL_SHA256_BYTES
               ? NULL
               : not_final;
}

/* Whether the proof in *scratch is right; then *out gets our signature. */
static bool is_proved(const DrillScramServerConfig *config, const DrillScramServer *server,
                      DrillSpan without_proof, DrillBuffer *scratch, DrillBuffer *out) {
    uint8_t proof[DRILL_SHA256_BYTES], key[DRILL_SHA256_BYTES], hash[DRILL_SHA256_BYTES];
    memcpy(proof, scratch->data, sizeof(proof));
    DrillBuffer salt = {.allocator = config->allocator};
    const DrillScramUser *user = &config->users[server->user - 1];
    put_salt(config, server->user, user->name, &salt);
    DrillScramDerived derived = drill_scram_derive(config->keys, user->password,
                                                   drill_buffer_span(&salt), iterations(config));
    drill_buffer_release(&salt);
    drill_buffer_clear(scratch);
    drill_buffer_put(scratch, server->text, server->text_size);
    drill_buffer_put_byte(scratch, ',');
    drill_buffer_put(scratch, without_proof.data, without_proof.size);
    DrillSpan message = drill_buffer_span(scratch);
    drill_scram_mix(&derived, message, proof, key);
    drill_crypto_sha256(drill_span(key, sizeof(key)), hash);
    if (!drill_crypto_equal(hash, derived.stored_key)) return false;
    drill_scram_server_signature(&derived, message, hash);
    drill_buffer_put_string(out, "v=");
    drill_base64_write(out, drill_span(hash, sizeof(hash)));
    return true;
}

const char *drill_scram_server_final(const DrillScramServerConfig *config,
                                     const DrillScramServer *server, DrillSpan client_final,
                                     DrillBuffer *out) {
    Final final;
    DrillBuffer scratch = {.allocator = config->allocator};
    const char *wrong = read_final(client_final, &final);
    if (wrong == NULL) wrong = check_final(server, &final, &scratch);
    if (wrong == NULL &&
        (server->user == 0 || !is_proved(config, server, final.without_proof, &scratch, out)))
        wrong = "SCRAM: the proof is wrong";
    drill_buffer_release(&scratch);
    return wrong;
}
