// One HTTP request through libcurl, which is found at run time.
#ifndef RETROGRAD_CURL_H
#define RETROGRAD_CURL_H

#include <stdbool.h>
#include <stddef.h>

// How a request ended.
typedef enum {
  RETROGRAD_CURL_OK,
  // The library was not found.
  RETROGRAD_CURL_NO_LIBRARY,
  // The address cannot be used, or leads to one that cannot.
  RETROGRAD_CURL_ADDRESS,
  // A redirection leads away from HTTP, or there are too many of them.
  RETROGRAD_CURL_REDIRECTION,
  // Nobody was reached.
  RETROGRAD_CURL_UNREACHABLE,
  // The other side could not prove who it is.
  RETROGRAD_CURL_UNTRUSTED,
  // The connection ended or took too long.
  RETROGRAD_CURL_INTERRUPTED,
  // A callback said that it should stop.
  RETROGRAD_CURL_STOPPED,
} retrograd_curl_status;

typedef struct {
  const char *_Nullable address;
  // Lines to send in addition, "Name: value".
  const char *_Nullable const *_Nullable headers;
  size_t header_count;
  long connect_milliseconds;
  long redirection_limit;
  // Gets each line of each response's header. `context` is passed on.
  void (*_Nullable header)(void *_Nonnull context, const char *_Nonnull line, size_t count);
  // Gets the content, a piece at a time, and waits until it is taken; false stops.
  bool (*_Nullable receive)(void *_Nonnull context, const void *_Nonnull bytes, size_t count);
  // Is asked at least once a second; false stops.
  bool (*_Nullable goes_on)(void *_Nonnull context);
  void *_Nullable context;
} retrograd_curl_request;

typedef struct {
  retrograd_curl_status status;
  // The status of the last response; 0 without one.
  long http_status;
  // libcurl's description.
  char message[256];
} retrograd_curl_result;

// Whether the library was found under one of its usual names.
bool retrograd_curl_is_available(void);

// Does a GET request and waits for its end. `library` is the library's path, null for the usual names.
retrograd_curl_result retrograd_curl_get(const retrograd_curl_request *_Nonnull request,
                                         const char *_Nullable library);

#endif
