/*
 * Put a certificate beside its key in a token: some peers find a key by its certificate only.
 *
 *   put-certificate MODULE TOKEN-LABEL PIN KEY-ID-HEX LABEL SUBJECT.der CERTIFICATE.der
 */
#include "token.h"

static CK_ULONG read_file(const char *path, CK_BYTE *octets, CK_ULONG most) {
  FILE *file = fopen(path, "rb");
  if (!file) {
    perror(path);
    exit(1);
  }
  CK_ULONG count = fread(octets, 1, most, file);
  fclose(file);
  return count;
}

int main(int argc, char **argv) {
  if (argc != 8) return 2;
  CK_SESSION_HANDLE session = open_token(argv[1], argv[2], argv[3], CKF_RW_SESSION);
  static CK_BYTE id[64], subject[4096], certificate[16384];
  CK_ULONG id_bytes = read_hex(argv[4], id, sizeof id);
  CK_ULONG subject_bytes = read_file(argv[6], subject, sizeof subject);
  CK_ULONG certificate_bytes = read_file(argv[7], certificate, sizeof certificate);
  CK_OBJECT_CLASS class = CKO_CERTIFICATE;
  CK_CERTIFICATE_TYPE type = CKC_X_509;
  CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
  CK_ATTRIBUTE object[] = {
      {CKA_CLASS, &class, sizeof class},
      {CKA_CERTIFICATE_TYPE, &type, sizeof type},
      {CKA_TOKEN, &yes, sizeof yes},
      {CKA_PRIVATE, &no, sizeof no},
      {CKA_ID, id, id_bytes},
      {CKA_LABEL, argv[5], strlen(argv[5])},
      {CKA_SUBJECT, subject, subject_bytes},
      {CKA_VALUE, certificate, certificate_bytes},
  };
  CK_OBJECT_HANDLE made;
  check("C_CreateObject", token->C_CreateObject(session, object, 8, &made));
  return 0;
}
