/*
 * The most a token can sign: so many threads, a session each, nothing but C_SignInit and C_Sign.
 *
 *   ceiling MODULE TOKEN-LABEL PIN KEY-ID-HEX rsa|ec THREADS SECONDS
 *
 * Prints signatures per second. Built by bench/native.ts against the headers of the pkcs11js package.
 */
#include <pthread.h>
#include <time.h>

#include "token.h"

/* DigestInfo of SHA-256 up to the digest, RFC 8017 section 9.2 note 1. */
static const unsigned char prefix[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                       0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
static CK_BYTE key_id[64];
static CK_ULONG key_id_bytes;
static int is_rsa;
static volatile int stop;

static CK_OBJECT_HANDLE find_key(CK_SESSION_HANDLE session) {
  CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
  CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof class}, {CKA_ID, key_id, key_id_bytes}};
  CK_OBJECT_HANDLE found = 0;
  CK_ULONG count = 0;
  check("C_FindObjectsInit", token->C_FindObjectsInit(session, wanted, 2));
  check("C_FindObjects", token->C_FindObjects(session, &found, 1, &count));
  check("C_FindObjectsFinal", token->C_FindObjectsFinal(session));
  if (count != 1) {
    fprintf(stderr, "the key is not in the token\n");
    exit(1);
  }
  return found;
}

static void *sign(void *count) {
  CK_SESSION_HANDLE session = open_session(0);
  CK_MECHANISM mechanism = {is_rsa ? CKM_RSA_PKCS : CKM_ECDSA, NULL_PTR, 0};
  unsigned char input[sizeof prefix + 32], signature[1024];
  CK_ULONG offset = is_rsa ? sizeof prefix : 0;
  CK_OBJECT_HANDLE key = find_key(session);
  memcpy(input, prefix, sizeof prefix);
  for (unsigned long n = 0; !stop; n++) {
    CK_ULONG bytes = sizeof signature;
    memset(input + offset, 0, 32);
    memcpy(input + offset, &n, sizeof n);
    check("C_SignInit", token->C_SignInit(session, &mechanism, key));
    check("C_Sign", token->C_Sign(session, input, offset + 32, signature, &bytes));
    *(unsigned long *)count = n + 1;
  }
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 8) return 2;
  open_token(argv[1], argv[2], argv[3], 0);
  key_id_bytes = read_hex(argv[4], key_id, sizeof key_id);
  is_rsa = strcmp(argv[5], "rsa") == 0;
  int threads = atoi(argv[6]);
  double seconds = atof(argv[7]);
  pthread_t ids[256];
  static unsigned long counts[256][16];
  if (threads < 1 || threads > 256) return 2;
  for (int i = 0; i < threads; i++) pthread_create(&ids[i], NULL, sign, counts[i]);
  struct timespec length = {(time_t)seconds, (long)((seconds - (time_t)seconds) * 1e9)}, from, to;
  clock_gettime(CLOCK_MONOTONIC, &from);
  nanosleep(&length, NULL);
  stop = 1;
  unsigned long total = 0;
  for (int i = 0; i < threads; i++) {
    pthread_join(ids[i], NULL);
    total += counts[i][0];
  }
  clock_gettime(CLOCK_MONOTONIC, &to);
  printf("%.1f\n", total / ((to.tv_sec - from.tv_sec) + (to.tv_nsec - from.tv_nsec) / 1e9));
  return 0;
}
