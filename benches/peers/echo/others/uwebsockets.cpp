// uWebSockets, without compression and TLS.
#include "App.h"

#include <iostream>

struct Nothing {};

int main() {
    uWS::App()
        .ws<Nothing>("/*", {
            .compression = uWS::DISABLED,
            .maxPayloadLength = 16 << 20,
            .idleTimeout = 0,
            .maxBackpressure = 16 << 20,
            .sendPingsAutomatically = false,
            .message = [](auto *socket, std::string_view message, uWS::OpCode kind) { socket->send(message, kind); },
        })
        .listen("127.0.0.1", 0, [](auto *listening) {
            std::cout << us_socket_local_port(0, reinterpret_cast<us_socket_t *>(listening)) << std::endl;
        })
        .run();
}
