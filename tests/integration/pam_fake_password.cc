// A PAM module that asks for passwords and believes them: it stands where pam_unix does.
#include <security/pam_ext.h>
#include <security/pam_modules.h>

#include <string_view>

extern "C" int pam_sm_authenticate(pam_handle_t* handle, int, int, const char**) {
  const char* password = nullptr;
  return ::pam_get_authtok(handle, PAM_AUTHTOK, &password, nullptr);
}

extern "C" int pam_sm_setcred(pam_handle_t*, int, int, const char**) { return PAM_SUCCESS; }

// With the argument "reset" as root sets a password: without the old one.
extern "C" int pam_sm_chauthtok(pam_handle_t* handle, int flags, int argc, const char** argv) {
  const bool reset = argc > 0 && std::string_view(argv[0]) == "reset";
  const char* password = nullptr;
  if (flags & PAM_UPDATE_AUTHTOK)
    return ::pam_get_authtok_noverify(handle, &password, "New password: ");
  return reset ? PAM_SUCCESS : ::pam_get_authtok(handle, PAM_OLDAUTHTOK, &password, nullptr);
}
