/* A PKCS#11 module opened, a token found by its label and logged in to. For the programs beside this. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pkcs11.h>

static CK_FUNCTION_LIST_PTR token;
static CK_SLOT_ID slot;

static void check(const char *call, CK_RV value) {
  if (value == CKR_OK) return;
  fprintf(stderr, "%s: 0x%lx\n", call, (unsigned long)value);
  exit(1);
}

static CK_SESSION_HANDLE open_session(CK_FLAGS flags) {
  CK_SESSION_HANDLE session;
  check("C_OpenSession",
        token->C_OpenSession(slot, CKF_SERIAL_SESSION | flags, NULL_PTR, NULL_PTR, &session));
  return session;
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

/* The session must stay open: with the last one goes the login. */
static CK_SESSION_HANDLE open_token(const char *module, const char *label, const char *pin,
                                    CK_FLAGS flags) {
  void *library = dlopen(module, RTLD_NOW);
  CK_C_GetFunctionList list = library ? (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList") : 0;
  if (!list) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
  check("C_GetFunctionList", list(&token));
  CK_C_INITIALIZE_ARGS locking = {.flags = CKF_OS_LOCKING_OK};
  check("C_Initialize", token->C_Initialize(&locking));
  find_slot(label);
  CK_SESSION_HANDLE session = open_session(flags);
  check("C_Login", token->C_Login(session, CKU_USER, (CK_UTF8CHAR_PTR)pin, strlen(pin)));
  return session;
}

/* Returns how many octets the hexadecimal digits are, at most `most`. */
static CK_ULONG read_hex(const char *hex, CK_BYTE *octets, CK_ULONG most) {
  CK_ULONG count = 0;
  for (; hex[0] && hex[1] && count < most; hex += 2) {
    unsigned octet;
    if (sscanf(hex, "%2x", &octet) != 1) break;
    octets[count++] = (CK_BYTE)octet;
  }
  return count;
}
