# What every object of ours is compiled and linked with: warnings, and hardening.
include(CheckCXXCompilerFlag)

add_library(coffer_flags INTERFACE)
target_compile_options(coffer_flags INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast -Wundef
  $<$<BOOL:${COFFER_WARNINGS_ARE_ERRORS}>:-Werror>
  -fstack-protector-strong -fno-strict-aliasing)
target_include_directories(coffer_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_link_options(coffer_flags INTERFACE -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--as-needed)
set(CMAKE_EXE_LINKER_FLAGS "${CMAKE_EXE_LINKER_FLAGS} -pie")

foreach(flag -fstack-clash-protection -fcf-protection=full -mbranch-protection=standard)
  string(MAKE_C_IDENTIFIER "COFFER_HAS${flag}" has)
  check_cxx_compiler_flag("-Werror ${flag}" ${has})
  if(${has})
    target_compile_options(coffer_flags INTERFACE ${flag})
  endif()
endforeach()

if(COFFER_SANITIZE)
  target_compile_options(coffer_flags INTERFACE -fsanitize=${COFFER_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(coffer_flags INTERFACE -fsanitize=${COFFER_SANITIZE})
  target_compile_definitions(coffer_flags INTERFACE COFFER_SANITIZED=1)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # With sanitizers GCC 12 takes zero-initialised temporaries for uninitialised ones.
    target_compile_options(coffer_flags INTERFACE -Wno-uninitialized -Wno-maybe-uninitialized)
  endif()
elseif(CMAKE_BUILD_TYPE MATCHES "Rel")
  target_compile_options(coffer_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
