/*
 * The most a token can sign: one thread per core, a session each, nothing but C_SignInit and C_Sign.
 *
 *   ceiling MODULE TOKEN-LABEL PIN KEY-ID-HEX rsa|ec THREADS SECONDS
 *
 * Prints signatures per second. Built by bench/ceiling.ts against the headers of the pkcs11js package.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <pkcs11.h>

/* DigestInfo of SHA-256 up to the digest, RFC 8017 section 9.2 note 1. */
static const unsigned char prefix[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                       0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
static CK_FUNCTION_LIST_PTR token;
static CK_SLOT_ID slot;
static CK_BYTE key_id[64];
static CK_ULONG key_id_bytes;
static int is_rsa;
static volatile int stop;

static void check(const char *call, CK_RV value) {
  if (value == CKR_OK) return;
  fprintf(stderr, "%s: 0x%lx\n", call, (unsigned long)value);
  exit(1);
}

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
  CK_SESSION_HANDLE session;
  CK_MECHANISM mechanism = {is_rsa ? CKM_RSA_PKCS : CKM_ECDSA, NULL_PTR, 0};
  unsigned char input[sizeof prefix + 32], signature[1024];
  CK_ULONG offset = is_rsa ? sizeof prefix : 0;
  check("C_OpenSession", token->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL_PTR, NULL_PTR, &session));
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

static void find_slot(const char *label) {
  CK_SLOT_ID slots[64];
  CK_ULONG count = 64;
  check("C_GetSlotList", token->C_GetSlotList(CK_TRUE, slots, &count));
  for (CK_ULONG i = 0; i < count; i++) {
    CK_TOKEN_INFO info;
    if (token->C_GetTokenInfo(slots[i], &info) != CKR_OK) continue;
    if (strncmp((char *)info.label, label, strlen(label)) != 0) continue;
    slot = slots[i];
    return;
  }
  fprintf(stderr, "no token is called %s\n", label);
  exit(1);
}

int main(int argc, char **argv) {
  if (argc != 8) return 2;
  void *library = dlopen(argv[1], RTLD_NOW);
  CK_C_GetFunctionList list = library ? (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList") : 0;
  if (!list) return fprintf(stderr, "%s\n", dlerror()), 1;
  check("C_GetFunctionList", list(&token));
  CK_C_INITIALIZE_ARGS locking = {.flags = CKF_OS_LOCKING_OK};
  check("C_Initialize", token->C_Initialize(&locking));
  find_slot(argv[2]);
  CK_SESSION_HANDLE session;
  check("C_OpenSession", token->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL_PTR, NULL_PTR, &session));
  check("C_Login", token->C_Login(session, CKU_USER, (CK_UTF8CHAR_PTR)argv[3], strlen(argv[3])));
  for (const char *hex = argv[4]; hex[0] && hex[1] && key_id_bytes < sizeof key_id; hex += 2) {
    unsigned byte;
    if (sscanf(hex, "%2x", &byte) != 1) return 2;
    key_id[key_id_bytes++] = (CK_BYTE)byte;
  }
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
