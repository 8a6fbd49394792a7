/* SCRAM-SHA-256 (RFC 5802, RFC 7677) without channel binding: both sides of an exchange.
 *
 *   client-first   n,,n=user,r=NONCE          drill_scram_client_first
 *   server-first   r=NONCE+MORE,s=SALT,i=N    drill_scram_server_first
 *   client-final   c=biws,r=...,p=PROOF       drill_scram_client_final
 *   server-final   v=SIGNATURE                drill_scram_server_final, drill_scram_client_verify
 *
 * Nonces and salts come from the caller, so that they can be the same in every run. */
#ifndef DRILL_AUTH_SCRAM_H
#define DRILL_AUTH_SCRAM_H

#include "auth/crypto.h"
#include "base/random.h"

#define DRILL_SCRAM_SHA_256 "SCRAM-SHA-256"
/* RFC 7677 section 4: at least so many. */
#define DRILL_SCRAM_ITERATIONS 4096u
/* A client does not work longer than that for a server. */
#define DRILL_SCRAM_ITERATIONS_MAX 1000000u
#define DRILL_SCRAM_SALT_BYTES     16
/* Server: longest `client-first,server-first` that is kept. */
#define DRILL_SCRAM_TEXT_MAX 1536
/* Bytes that a nonce is made of, and its characters. */
#define DRILL_SCRAM_NONCE_BYTES 18

/* Salted passwords that were computed already: the slow part, and the same for all exchanges with
 * the same password, salt and number of iterations. Needs cryptography. */
typedef struct DrillScramKeys DrillScramKeys;
DrillScramKeys *drill_scram_keys_new(DrillAllocator allocator);
void drill_scram_keys_free(DrillScramKeys *keys);
size_t drill_scram_keys_count(const DrillScramKeys *keys);

/* The `number`th nonce of a stream: 24 letters of base 64. */
void drill_scram_nonce(DrillStream stream, uint64_t number, DrillBuffer *out);

typedef struct DrillScramClient {
    DrillScramKeys *keys;
    DrillBuffer nonce;   /* our part */
    DrillBuffer message; /* what both sides sign, as far as it has been said */
    DrillBuffer scratch;
    uint8_t server_signature[DRILL_SHA256_BYTES];
    bool proved; /* our proof was sent: the server's turn */
} DrillScramClient;

DrillScramClient drill_scram_client(DrillScramKeys *keys, DrillAllocator allocator);
void drill_scram_client_release(DrillScramClient *client);
/* Begins, always anew. */
void drill_scram_client_first(DrillScramClient *client, DrillSpan user_name, DrillSpan nonce,
                              DrillBuffer *out);
/* NULL, or what is wrong with the server's text. */
DRILL_MUST_USE const char *drill_scram_client_final(DrillScramClient *client, DrillSpan password,
                                                    DrillSpan server_first, DrillBuffer *out);
DRILL_MUST_USE const char *drill_scram_client_verify(DrillScramClient *client,
                                                     DrillSpan server_final);

typedef struct DrillScramUser {
    DrillSpan name, password;
    DrillSpan salt; /* empty: from the configuration's stream, by the user's name */
} DrillScramUser;

typedef struct DrillScramServerConfig {
    DrillScramKeys *keys;
    DrillAllocator allocator;
    const DrillScramUser *users;
    size_t user_count;
    DrillStream salts;
    uint32_t iterations; /* 0: DRILL_SCRAM_ITERATIONS */
} DrillScramServerConfig;

/* One exchange; zero it to begin. No pointers: whoever keeps it may just forget it. */
typedef struct DrillScramServer {
    uint32_t user;      /* from 1; 0: there is none of that name, which only the end tells */
    uint16_t text_size; /* 0: nothing was said yet */
    uint16_t nonce_at, nonce_size; /* of both sides' nonce in `text` */
    uint16_t header_size;
    uint8_t header[256];                /* GS2 header, to be said again */
    uint8_t text[DRILL_SCRAM_TEXT_MAX]; /* client-first-bare "," server-first */
} DrillScramServer;

/* NULL, or why the client is refused. `must_be`: who it has to be; empty: any user. */
DRILL_MUST_USE const char *drill_scram_server_first(const DrillScramServerConfig *config,
                                                    DrillScramServer *server, DrillSpan nonce,
                                                    DrillSpan must_be, DrillSpan client_first,
                                                    DrillBuffer *out);
DRILL_MUST_USE const char *drill_scram_server_final(const DrillScramServerConfig *config,
                                                    const DrillScramServer *server,
                                                    DrillSpan client_final, DrillBuffer *out);

#endif
