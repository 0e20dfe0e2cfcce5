// HTTP through libcurl. It is found with dlopen: everything but a download works without it, and starts
// without loading it and the forty libraries that it needs. Where Swift runs on Linux it is there,
// because Swift's own networking needs it; macOS has it.
//
// Its interface has been stable since 2006 (libcurl.so.4), so what is used of it is declared here, and
// its header is not needed. The numbers are those of its documentation and of curl/curl.h.
#include "RetrogradCCurl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct curl_handle curl_handle;
typedef struct curl_list curl_list;

enum {
  // Options that are numbers.
  OPTION_REDIRECTION_FOLLOWED = 52,
  OPTION_PROGRESS_OFF = 43,
  OPTION_REDIRECTION_LIMIT = 68,
  OPTION_BUFFER_SIZE = 98,
  OPTION_NO_SIGNAL = 99,
  OPTION_CONNECT_MILLISECONDS = 156,
  OPTION_PROTOCOLS = 181,
  OPTION_REDIRECTION_PROTOCOLS = 182,
  // Options that are pointers.
  OPTION_RECEIVE_CONTEXT = 10001,
  OPTION_ADDRESS = 10002,
  OPTION_ERROR_BUFFER = 10010,
  OPTION_AGENT = 10018,
  OPTION_HEADERS = 10023,
  OPTION_HEADER_CONTEXT = 10029,
  OPTION_PROGRESS_CONTEXT = 10057,
  // Options that are functions.
  OPTION_RECEIVE = 20011,
  OPTION_HEADER = 20079,
  OPTION_PROGRESS = 20219,

  INFO_HTTP_STATUS = 0x200000 + 2,
  GLOBAL_EVERYTHING = 3,
  PROTOCOLS_HTTP_AND_HTTPS = 1 | 2,
  ERROR_BUFFER_SIZE = 256,
};

enum {
  ERROR_NONE = 0,
  ERROR_PROTOCOL = 1,
  ERROR_ADDRESS = 3,
  ERROR_PROXY_NAME = 5,
  ERROR_HOST_NAME = 6,
  ERROR_CONNECT = 7,
  ERROR_WRITE = 23,
  ERROR_TIME_OUT = 28,
  ERROR_TLS = 35,
  ERROR_STOPPED = 42,
  ERROR_TOO_MANY_REDIRECTIONS = 47,
  ERROR_CERTIFICATE = 60,
  ERROR_AUTHORITIES = 77,
};

typedef struct {
  int (*global_init)(long flags);
  curl_handle *(*easy_init)(void);
  int (*easy_setopt)(curl_handle *, int option, ...);
  int (*easy_perform)(curl_handle *);
  int (*easy_getinfo)(curl_handle *, int info, ...);
  void (*easy_cleanup)(curl_handle *);
  const char *(*easy_strerror)(int);
  curl_list *(*list_append)(curl_list *, const char *);
  void (*list_free)(curl_list *);
} curl_functions;

static bool load_from(const char *library, curl_functions *functions) {
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (!handle) return false;
  // POSIX lets a pointer from dlsym be stored through a void * to a function pointer.
  *(void **)&functions->global_init = dlsym(handle, "curl_global_init");
  *(void **)&functions->easy_init = dlsym(handle, "curl_easy_init");
  *(void **)&functions->easy_setopt = dlsym(handle, "curl_easy_setopt");
  *(void **)&functions->easy_perform = dlsym(handle, "curl_easy_perform");
  *(void **)&functions->easy_getinfo = dlsym(handle, "curl_easy_getinfo");
  *(void **)&functions->easy_cleanup = dlsym(handle, "curl_easy_cleanup");
  *(void **)&functions->easy_strerror = dlsym(handle, "curl_easy_strerror");
  *(void **)&functions->list_append = dlsym(handle, "curl_slist_append");
  *(void **)&functions->list_free = dlsym(handle, "curl_slist_free_all");
  return functions->global_init && functions->easy_init && functions->easy_setopt &&
         functions->easy_perform && functions->easy_getinfo && functions->easy_cleanup &&
         functions->easy_strerror && functions->list_append && functions->list_free &&
         functions->global_init(GLOBAL_EVERYTHING) == ERROR_NONE;
}

static const char *const library_names[] = {
    "libcurl.so.4", "libcurl.4.dylib", "/usr/lib/libcurl.4.dylib", "libcurl-gnutls.so.4",
};

static curl_functions usual;
static bool has_usual;
static pthread_once_t usual_once = PTHREAD_ONCE_INIT;

static void load_usual(void) {
  size_t count = sizeof(library_names) / sizeof(*library_names);
  for (size_t i = 0; i < count && !has_usual; i++) {
    has_usual = load_from(library_names[i], &usual);
  }
}

bool retrograd_curl_is_available(void) {
  pthread_once(&usual_once, load_usual);
  return has_usual;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *request_pointer) {
  const retrograd_curl_request *request = request_pointer;
  request->header(request->context, bytes, size * count);
  return size * count;
}

static size_t take_content(char *bytes, size_t size, size_t count, void *request_pointer) {
  const retrograd_curl_request *request = request_pointer;
  // Any other number than that of the bytes stops libcurl.
  return request->receive(request->context, bytes, size * count) ? size * count
                                                                 : (size_t)(size * count == 0);
}

static int check_progress(void *request_pointer, int64_t download_total, int64_t downloaded,
                          int64_t upload_total, int64_t uploaded) {
  (void)download_total, (void)downloaded, (void)upload_total, (void)uploaded;
  const retrograd_curl_request *request = request_pointer;
  return request->goes_on(request->context) ? 0 : 1;
}

// A protocol that is refused is the address's fault, or that of a redirection. The only time-out that
// libcurl is given is that for connecting.
static retrograd_curl_status status_of(int error, long http_status) {
  switch (error) {
  case ERROR_NONE: return RETROGRAD_CURL_OK;
  case ERROR_PROTOCOL:
  case ERROR_ADDRESS: return http_status ? RETROGRAD_CURL_REDIRECTION : RETROGRAD_CURL_ADDRESS;
  case ERROR_TOO_MANY_REDIRECTIONS: return RETROGRAD_CURL_REDIRECTION;
  case ERROR_PROXY_NAME:
  case ERROR_HOST_NAME:
  case ERROR_CONNECT:
  case ERROR_TIME_OUT: return RETROGRAD_CURL_UNREACHABLE;
  case ERROR_TLS:
  case ERROR_CERTIFICATE:
  case ERROR_AUTHORITIES: return RETROGRAD_CURL_UNTRUSTED;
  case ERROR_WRITE:
  case ERROR_STOPPED: return RETROGRAD_CURL_STOPPED;
  default: return RETROGRAD_CURL_INTERRUPTED;
  }
}

static retrograd_curl_result get(const curl_functions *curl,
                                 const retrograd_curl_request *request) {
  retrograd_curl_result result = {.status = RETROGRAD_CURL_INTERRUPTED};
  curl_handle *handle = curl->easy_init();
  if (!handle) {
    snprintf(result.message, sizeof result.message, "libcurl could not be started");
    return result;
  }
  curl_list *headers = NULL;
  for (size_t i = 0; i < request->header_count; i++) {
    curl_list *longer = curl->list_append(headers, request->headers[i]);
    if (longer) headers = longer;
  }
  char message[ERROR_BUFFER_SIZE] = "";
  curl->easy_setopt(handle, OPTION_ERROR_BUFFER, message);
  curl->easy_setopt(handle, OPTION_AGENT, "retrograd");
  curl->easy_setopt(handle, OPTION_HEADERS, headers);
  curl->easy_setopt(handle, OPTION_NO_SIGNAL, 1L);
  curl->easy_setopt(handle, OPTION_BUFFER_SIZE, 256L << 10);
  curl->easy_setopt(handle, OPTION_CONNECT_MILLISECONDS, request->connect_milliseconds);
  curl->easy_setopt(handle, OPTION_REDIRECTION_FOLLOWED, 1L);
  curl->easy_setopt(handle, OPTION_REDIRECTION_LIMIT, request->redirection_limit);
  curl->easy_setopt(handle, OPTION_HEADER, take_header);
  curl->easy_setopt(handle, OPTION_HEADER_CONTEXT, request);
  curl->easy_setopt(handle, OPTION_RECEIVE, take_content);
  curl->easy_setopt(handle, OPTION_RECEIVE_CONTEXT, request);
  curl->easy_setopt(handle, OPTION_PROGRESS, check_progress);
  curl->easy_setopt(handle, OPTION_PROGRESS_CONTEXT, request);
  curl->easy_setopt(handle, OPTION_PROGRESS_OFF, 0L);
  // These must not fail: without them an answer could make us read local files.
  int error =
      curl->easy_setopt(handle, OPTION_PROTOCOLS, (long)PROTOCOLS_HTTP_AND_HTTPS);
  if (!error) {
    error = curl->easy_setopt(handle, OPTION_REDIRECTION_PROTOCOLS,
                              (long)PROTOCOLS_HTTP_AND_HTTPS);
  }
  if (!error) error = curl->easy_setopt(handle, OPTION_ADDRESS, request->address);
  if (!error) error = curl->easy_perform(handle);
  curl->easy_getinfo(handle, INFO_HTTP_STATUS, &result.http_status);
  curl->easy_cleanup(handle);
  curl->list_free(headers);
  result.status = status_of(error, result.http_status);
  snprintf(result.message, sizeof result.message, "%s",
           *message ? message : curl->easy_strerror(error));
  return result;
}

retrograd_curl_result retrograd_curl_get(const retrograd_curl_request *request,
                                         const char *library) {
  if (library) {
    curl_functions functions;
    if (load_from(library, &functions)) return get(&functions, request);
  } else {
    pthread_once(&usual_once, load_usual);
    if (has_usual) return get(&usual, request);
  }
  return (retrograd_curl_result){.status = RETROGRAD_CURL_NO_LIBRARY};
}
