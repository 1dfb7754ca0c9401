// libwebsockets in one thread. It wants one write for each time that a socket is writeable, so answers wait in a list.
#include <libwebsockets.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct message {
    struct message *next;
    size_t len, room;
    unsigned char bytes[];
};

struct connection {
    struct message *first, *last; // to be sent
    struct message *incoming;     // received in part
};

static void receive(struct lws *wsi, struct connection *connection, const void *in, size_t len) {
    struct message *message = connection->incoming;
    size_t before = message ? message->len : 0;
    size_t room = before + len + lws_remaining_packet_payload(wsi);
    if (!message || message->room < room) {
        message = realloc(message, sizeof *message + LWS_PRE + room);
        message->room = room;
    }
    memcpy(message->bytes + LWS_PRE + before, in, len);
    message->len = before + len;
    message->next = NULL;
    connection->incoming = message;
    if (!lws_is_final_fragment(wsi) || lws_remaining_packet_payload(wsi)) return;
    connection->incoming = NULL;
    if (connection->last) connection->last->next = message;
    else connection->first = message;
    connection->last = message;
    lws_callback_on_writable(wsi);
}

static int send_first(struct lws *wsi, struct connection *connection) {
    struct message *message = connection->first;
    if (!message) return 0;
    int sent = lws_write(wsi, message->bytes + LWS_PRE, message->len, LWS_WRITE_BINARY);
    if (sent < (int)message->len) return -1;
    connection->first = message->next;
    if (!connection->first) connection->last = NULL;
    free(message);
    if (connection->first) lws_callback_on_writable(wsi);
    return 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    struct connection *connection = user;
    int one = 1;
    switch (reason) {
    case LWS_CALLBACK_ESTABLISHED:
        return setsockopt(lws_get_socket_fd(wsi), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    case LWS_CALLBACK_RECEIVE:
        receive(wsi, connection, in, len);
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return send_first(wsi, connection);
    case LWS_CALLBACK_CLOSED:
        while (connection->first) {
            struct message *message = connection->first;
            connection->first = message->next;
            free(message);
        }
        free(connection->incoming);
        return 0;
    default:
        return 0;
    }
}

static struct lws_protocols protocols[] = {
    {"echo", callback, sizeof(struct connection), 64 << 10, 0, NULL, 0},
    {0},
};

int main(void) {
    // With one buffer for all connections of a thread, it reads as much as that holds.
    struct lws_context_creation_info info = {0};
    info.port = 0;
    info.iface = "127.0.0.1";
    info.protocols = protocols;
    info.pt_serv_buf_size = 64 << 10;
    // Its own loop is on poll, which takes long with many connections.
    info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_LIBUV;
    lws_set_log_level(LLL_ERR, NULL);
    struct lws_context *context = lws_create_context(&info);
    struct lws_vhost *vhost = context ? lws_create_vhost(context, &info) : NULL;
    if (!vhost) return 1;
    printf("%d\n", lws_get_vhost_listen_port(vhost));
    fflush(stdout);
    while (lws_service(context, 0) >= 0) {}
    return 1;
}
