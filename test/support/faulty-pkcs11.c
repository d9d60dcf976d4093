/* A PKCS#11 library around another one, that fails on demand.
 *
 *   cc -shared -fPIC -O1 -I node_modules/pkcs11js/includes/pkcs11 -o faulty.so faulty-pkcs11.c -ldl
 *
 * FAULTY_MODULE  the library that does the work
 * FAULTY_DIR     a folder; a file in it named FUNCTION.NUMBER is one fault, taken by the one call
 *                that manages to remove it; FUNCTION.always stays. The file says what happens:
 *     rv 0x30         answer this instead of doing anything
 *     after 0x30      do it, and if it went well answer this all the same
 *     lose 0x30       do it, and answer this whatever came of it
 *     logout          log the token out, then do it
 *     close-session   close the session, then do it
 *     remove          CKR_DEVICE_REMOVED now and from everybody until C_Finalize
 *     wrong           do it, but with one bit of the signature turned
 *     sleep 500       milliseconds, then do it
 *     hang            never return
 *     crash           end the process
 *                Each call of a function below is a line of the file `log`.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CK_PTR *
#define CK_DEFINE_FUNCTION(returnType, name) returnType name
#define CK_DECLARE_FUNCTION(returnType, name) returnType name
#define CK_DECLARE_FUNCTION_POINTER(returnType, name) returnType(*name)
#define CK_CALLBACK_FUNCTION(returnType, name) returnType(*name)
#ifndef NULL_PTR
#define NULL_PTR 0
#endif
#include "pkcs11.h"

static CK_FUNCTION_LIST_PTR real;
static CK_FUNCTION_LIST faulty;
static volatile int removed;

/* One line, whole, from however many threads and processes. */
static void note(const char *function) {
  char path[512], line[64];
  snprintf(path, sizeof path, "%s/log", getenv("FAULTY_DIR"));
  int length = snprintf(line, sizeof line, "%s\n", function);
  int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return;
  if (write(file, line, (size_t)length) != length) abort();
  close(file);
}

static int read_file(const char *path, char *text, size_t room) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t length = read(file, text, room - 1);
  close(file);
  if (length < 0) return 0;
  text[length] = 0;
  return 1;
}

/* The next fault of this function, if there is one; only one call gets each. */
static int take(const char *function, char *text, size_t room) {
  char path[512];
  for (int number = 0; number < 64; number++) {
    snprintf(path, sizeof path, "%s/%s.%d", getenv("FAULTY_DIR"), function, number);
    if (read_file(path, text, room) && unlink(path) == 0) return 1;
  }
  snprintf(path, sizeof path, "%s/%s.always", getenv("FAULTY_DIR"), function);
  return read_file(path, text, room);
}

struct fault {
  int answers; /* instead of doing it */
  CK_RV rv;
  CK_RV after;
  int loses;
  int wrong;
};

static struct fault meet(const char *function, CK_SESSION_HANDLE session) {
  struct fault fault = {0, CKR_OK, CKR_OK, 0, 0};
  char text[128];
  note(function);
  if (removed && strcmp(function, "C_Finalize") != 0) {
    fault.answers = 1;
    fault.rv = CKR_DEVICE_REMOVED;
    return fault;
  }
  if (!take(function, text, sizeof text)) return fault;
  if (strncmp(text, "rv ", 3) == 0) {
    fault.answers = 1;
    fault.rv = strtoul(text + 3, NULL, 0);
  } else if (strncmp(text, "after ", 6) == 0) {
    fault.after = strtoul(text + 6, NULL, 0);
  } else if (strncmp(text, "lose ", 5) == 0) {
    fault.loses = 1;
    fault.after = strtoul(text + 5, NULL, 0);
  } else if (strncmp(text, "logout", 6) == 0) {
    real->C_Logout(session);
  } else if (strncmp(text, "close-session", 13) == 0) {
    real->C_CloseSession(session);
  } else if (strncmp(text, "remove", 6) == 0) {
    removed = 1;
    fault.answers = 1;
    fault.rv = CKR_DEVICE_REMOVED;
  } else if (strncmp(text, "wrong", 5) == 0) {
    fault.wrong = 1;
  } else if (strncmp(text, "sleep ", 6) == 0) {
    usleep((useconds_t)strtoul(text + 6, NULL, 10) * 1000);
  } else if (strncmp(text, "hang", 4) == 0) {
    for (;;) pause();
  } else if (strncmp(text, "crash", 5) == 0) {
    raise(SIGSEGV);
  }
  return fault;
}

#define FAULTY(name, session, call)                    \
  struct fault fault = meet(name, session);            \
  if (fault.answers) return fault.rv;                  \
  CK_RV rv = call;                                     \
  return fault.after && (fault.loses || rv == CKR_OK) ? fault.after : rv

static CK_RV initialize(CK_VOID_PTR arguments) {
  FAULTY("C_Initialize", 0, real->C_Initialize(arguments));
}

static CK_RV finalize(CK_VOID_PTR reserved) {
  struct fault fault = meet("C_Finalize", 0);
  removed = 0;
  return fault.answers ? fault.rv : real->C_Finalize(reserved);
}

static CK_RV get_slot_list(CK_BBOOL present, CK_SLOT_ID_PTR slots, CK_ULONG_PTR count) {
  FAULTY("C_GetSlotList", 0, real->C_GetSlotList(present, slots, count));
}

static CK_RV get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info) {
  struct fault fault = meet("C_GetTokenInfo", 0);
  if (fault.answers) return fault.rv;
  CK_RV rv = real->C_GetTokenInfo(slot, info);
  const char *sessions = getenv("FAULTY_SESSIONS_MAX");
  if (rv == CKR_OK && sessions) info->ulMaxSessionCount = strtoul(sessions, NULL, 10);
  return rv;
}

static CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application, CK_NOTIFY notify,
                          CK_SESSION_HANDLE_PTR session) {
  FAULTY("C_OpenSession", 0, real->C_OpenSession(slot, flags, application, notify, session));
}

static CK_RV close_session(CK_SESSION_HANDLE session) {
  FAULTY("C_CloseSession", session, real->C_CloseSession(session));
}

static CK_RV get_session_info(CK_SESSION_HANDLE session, CK_SESSION_INFO_PTR info) {
  FAULTY("C_GetSessionInfo", session, real->C_GetSessionInfo(session, info));
}

static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG length) {
  FAULTY("C_Login", session, real->C_Login(session, user, pin, length));
}

static CK_RV generate_random(CK_SESSION_HANDLE session, CK_BYTE_PTR bytes, CK_ULONG length) {
  FAULTY("C_GenerateRandom", session, real->C_GenerateRandom(session, bytes, length));
}

static CK_RV find_objects_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR attributes, CK_ULONG count) {
  FAULTY("C_FindObjectsInit", session, real->C_FindObjectsInit(session, attributes, count));
}

static CK_RV find_objects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR objects, CK_ULONG room,
                          CK_ULONG_PTR count) {
  FAULTY("C_FindObjects", session, real->C_FindObjects(session, objects, room, count));
}

static CK_RV generate_key_pair(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                               CK_ATTRIBUTE_PTR of_public, CK_ULONG public_count,
                               CK_ATTRIBUTE_PTR of_private, CK_ULONG private_count,
                               CK_OBJECT_HANDLE_PTR public_key, CK_OBJECT_HANDLE_PTR private_key) {
  FAULTY("C_GenerateKeyPair", session,
         real->C_GenerateKeyPair(session, mechanism, of_public, public_count, of_private, private_count,
                                 public_key, private_key));
}

static CK_RV generate_key(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                          CK_ATTRIBUTE_PTR attributes, CK_ULONG count, CK_OBJECT_HANDLE_PTR key) {
  FAULTY("C_GenerateKey", session, real->C_GenerateKey(session, mechanism, attributes, count, key));
}

static CK_RV destroy_object(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object) {
  FAULTY("C_DestroyObject", session, real->C_DestroyObject(session, object));
}

static CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
  FAULTY("C_SignInit", session, real->C_SignInit(session, mechanism, key));
}

static CK_RV sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG length, CK_BYTE_PTR signature,
                  CK_ULONG_PTR room) {
  struct fault fault = meet("C_Sign", session);
  if (fault.answers) return fault.rv;
  CK_RV rv = real->C_Sign(session, data, length, signature, room);
  if (rv == CKR_OK && fault.wrong && signature) signature[*room - 1] ^= 1;
  return rv == CKR_OK && fault.after ? fault.after : rv;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) {
  if (!real) {
    void *library = dlopen(getenv("FAULTY_MODULE"), RTLD_NOW | RTLD_LOCAL);
    if (!library) return CKR_GENERAL_ERROR;
    CK_C_GetFunctionList get = (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList");
    if (!get || get(&real) != CKR_OK) return CKR_GENERAL_ERROR;
    faulty = *real;
    faulty.C_Initialize = initialize;
    faulty.C_Finalize = finalize;
    faulty.C_GetSlotList = get_slot_list;
    faulty.C_GetTokenInfo = get_token_info;
    faulty.C_OpenSession = open_session;
    faulty.C_CloseSession = close_session;
    faulty.C_GetSessionInfo = get_session_info;
    faulty.C_Login = login;
    faulty.C_GenerateRandom = generate_random;
    faulty.C_FindObjectsInit = find_objects_init;
    faulty.C_FindObjects = find_objects;
    faulty.C_GenerateKeyPair = generate_key_pair;
    faulty.C_GenerateKey = generate_key;
    faulty.C_DestroyObject = destroy_object;
    faulty.C_SignInit = sign_init;
    faulty.C_Sign = sign;
  }
  *list = &faulty;
  return CKR_OK;
}
