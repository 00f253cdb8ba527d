/* The floor: what this machine takes to send the same bytes as Duet, and nothing else.
 *
 * One thread, epoll, one send() of a prepared frame per reader and message. It keeps nothing, checks nothing, and knows
 * one WebSocket key: that of `duet bench`. A reader that is slow is cut.
 *
 *   cc -O2 -o floor floor.c && ./floor 9100
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_FILES = 20000, MOST_REQUEST = 64 << 10, EVENTS = 256, BACKLOG = 4096 };

enum form { NONE, SSE, SOCKET };

struct client {
  char *in; /* bytes of a request that is not whole yet */
  int length;
  enum form form;
  int place; /* among the readers */
};

static struct client clients[MOST_FILES];
static int readers[MOST_FILES];
static int reader_count;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void forget(int fd) {
  struct client *client = &clients[fd];
  if (client->form != NONE) {
    int moved = readers[--reader_count];
    readers[client->place] = moved;
    clients[moved].place = client->place;
  }
  free(client->in);
  memset(client, 0, sizeof *client);
  close(fd);
}

static int say(int fd, const char *bytes, size_t length) {
  return send(fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)length;
}

static void publish(const char *body, int length) {
  static char event[MOST_REQUEST + 64];
  static char frame[MOST_REQUEST + 16];
  static long long offset = 1795267345118182LL;
  int event_length = sprintf(event, "id: floor.%lld\ndata: ", offset++);
  memcpy(event + event_length, body, length);
  event_length += length;
  memcpy(event + event_length, "\n\n", 2);
  event_length += 2;
  int head = 2;
  frame[0] = (char)0x81;
  if (length < 126) {
    frame[1] = (char)length;
  } else {
    frame[1] = 126;
    frame[2] = (char)(length >> 8);
    frame[3] = (char)length;
    head = 4;
  }
  memcpy(frame + head, body, length);
  for (int i = reader_count - 1; i >= 0; i--) {
    int fd = readers[i];
    int sent = clients[fd].form == SSE ? say(fd, event, event_length) : say(fd, frame, head + length);
    if (!sent) {
      forget(fd);
    }
  }
}

static void subscribe(int fd, enum form form) {
  static const char sse[] =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\nretry: 2000\n\n";
  static const char socket[] =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
  clients[fd].form = form;
  clients[fd].place = reader_count;
  readers[reader_count++] = fd;
  if (form == SSE) {
    say(fd, sse, sizeof sse - 1);
  } else {
    say(fd, socket, sizeof socket - 1);
  }
}

/* Serves one request, if it is whole; answers how many bytes it had, 0 if it is not, -1 if it is none. */
static int serve(int fd, char *in, int length) {
  char *end = memmem(in, length, "\r\n\r\n", 4);
  if (!end) {
    return length < MOST_REQUEST - 1 ? 0 : -1;
  }
  *end = 0;
  int head = (int)(end - in) + 4;
  if (!strncmp(in, "GET ", 4)) {
    subscribe(fd, strcasestr(in, "\r\nUpgrade: websocket") ? SOCKET : SSE);
    return head;
  }
  char *field = strcasestr(in, "\r\ncontent-length:");
  int body = field ? atoi(field + 17) : -1;
  if (strncmp(in, "POST ", 5) || body < 0 || head + body > MOST_REQUEST - 1) {
    return -1;
  }
  if (length < head + body) {
    *end = '\r';
    return 0;
  }
  publish(in + head, body);
  static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  return say(fd, answer, sizeof answer - 1) ? head + body : -1;
}

static void receive(int fd) {
  static char unused[4096];
  struct client *client = &clients[fd];
  if (client->form != NONE) {
    ssize_t got = recv(fd, unused, sizeof unused, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN)) {
      forget(fd);
    }
    return;
  }
  if (!client->in) {
    client->in = malloc(MOST_REQUEST);
  }
  ssize_t got = recv(fd, client->in + client->length, MOST_REQUEST - 1 - client->length, MSG_DONTWAIT);
  if (got <= 0) {
    if (got == 0 || errno != EAGAIN) {
      forget(fd);
    }
    return;
  }
  client->length += (int)got;
  client->in[client->length] = 0;
  while (client->length > 0 && client->form == NONE) {
    int taken = serve(fd, client->in, client->length);
    if (taken < 0) {
      forget(fd);
      return;
    }
    if (taken == 0) {
      return;
    }
    memmove(client->in, client->in + taken, client->length - taken + 1);
    client->length -= taken;
  }
  if (client->form != NONE) {
    free(client->in);
    client->in = NULL;
  }
}

int main(int count, char **arguments) {
  int port = count > 1 ? atoi(arguments[1]) : 0;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons((unsigned short)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, BACKLOG)) {
    die("cannot listen");
  }
  getsockname(listener, (struct sockaddr *)&address, &size);
  printf("The floor is at http://127.0.0.1:%d\n", ntohs(address.sin_port));
  fflush(stdout);
  int loop = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  epoll_ctl(loop, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(loop, events, EVENTS, -1);
    if (ready < 0 && errno != EINTR) {
      die("epoll_wait");
    }
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      if (fd != listener) {
        receive(fd);
        continue;
      }
      int accepted;
      while ((accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        if (accepted >= MOST_FILES) {
          close(accepted);
          continue;
        }
        setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event added = {.events = EPOLLIN, .data.fd = accepted};
        epoll_ctl(loop, EPOLL_CTL_ADD, accepted, &added);
      }
    }
  }
}
