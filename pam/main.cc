// pam_coffer.so: hands the password of a login to the user's daemon. It decides nothing: each step
// is PAM_IGNORE, whatever happened, within a bounded time.
#include "pam/login.h"

#define PAM_STEP extern "C" __attribute__((visibility("default"))) int

PAM_STEP pam_sm_authenticate(pam_handle_t* handle, int, int argc, const char** argv) {
  pam::Login login(handle, argc, argv);
  if (login.concerns_us()) login.on_authenticated();
  return PAM_IGNORE;
}

PAM_STEP pam_sm_setcred(pam_handle_t* handle, int flags, int argc, const char** argv) {
  if (flags & static_cast<int>(PAM_DELETE_CRED)) return PAM_IGNORE;
  pam::Login login(handle, argc, argv);
  if (login.concerns_us()) login.on_credentials();
  return PAM_IGNORE;
}

PAM_STEP pam_sm_open_session(pam_handle_t* handle, int, int argc, const char** argv) {
  pam::Login login(handle, argc, argv);
  if (login.concerns_us()) login.on_session();
  return PAM_IGNORE;
}

PAM_STEP pam_sm_close_session(pam_handle_t*, int, int, const char**) { return PAM_IGNORE; }

// Called twice; what is to be changed is certain the second time alone.
PAM_STEP pam_sm_chauthtok(pam_handle_t* handle, int flags, int argc, const char** argv) {
  if (!(flags & PAM_UPDATE_AUTHTOK)) return PAM_IGNORE;
  pam::Login login(handle, argc, argv);
  if (login.concerns_us()) login.on_password_changed();
  return PAM_IGNORE;
}
