/*
 * A PKCS#11 module in front of another that takes longer for each signature, as the way to an HSM on
 * the network does. Many calls may be on their way at the same time.
 *
 *   SLOW_MODULE    the module behind
 *   SLOW_SIGN_US   how much longer C_Sign takes, in microseconds
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

#include <pkcs11.h>

static CK_FUNCTION_LIST_PTR behind;
static CK_FUNCTION_LIST offered;
static long delay_us;

static void wait_delay(void) {
  /* The kernel adds 50 us to each sleep of a thread that does not ask for better. */
  static __thread int is_asked;
  if (!is_asked) is_asked = prctl(PR_SET_TIMERSLACK, 1000) == 0;
  struct timespec left = {delay_us / 1000000, delay_us % 1000000 * 1000};
  while (nanosleep(&left, &left) != 0) {
  }
}

static CK_RV sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes,
                  CK_BYTE_PTR signature, CK_ULONG_PTR signature_bytes) {
  if (signature != NULL_PTR) wait_delay();
  return behind->C_Sign(session, data, data_bytes, signature, signature_bytes);
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) {
  if (!behind) {
    const char *module = getenv("SLOW_MODULE"), *delay = getenv("SLOW_SIGN_US");
    void *library = module ? dlopen(module, RTLD_NOW | RTLD_LOCAL) : 0;
    CK_C_GetFunctionList get =
        library ? (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList") : 0;
    if (!get || get(&behind) != CKR_OK) return CKR_GENERAL_ERROR;
    delay_us = delay ? atol(delay) : 0;
    offered = *behind;
    offered.C_Sign = sign;
  }
  *list = &offered;
  return CKR_OK;
}
