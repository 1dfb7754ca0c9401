// Boost.Beast, asynchronous, in one thread.
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

#include <iostream>
#include <memory>

namespace beast = boost::beast;
using boost::asio::ip::tcp;
using beast::error_code;

class Connection : public std::enable_shared_from_this<Connection> {
public:
    explicit Connection(tcp::socket &&socket) : stream(std::move(socket)) {}

    void open() {
        stream.next_layer().set_option(tcp::no_delay(true));
        stream.auto_fragment(false);
        stream.async_accept([self = shared_from_this()](error_code error) {
            if (!error) self->read();
        });
    }

private:
    void read() {
        stream.async_read(buffer, [self = shared_from_this()](error_code error, std::size_t) {
            if (!error) self->write();
        });
    }

    void write() {
        stream.binary(stream.got_binary());
        stream.async_write(buffer.data(), [self = shared_from_this()](error_code error, std::size_t len) {
            if (error) return;
            self->buffer.consume(len);
            self->read();
        });
    }

    beast::websocket::stream<tcp::socket, false> stream;
    beast::flat_buffer buffer;
};

void accept(tcp::acceptor &acceptor) {
    acceptor.async_accept([&acceptor](error_code error, tcp::socket socket) {
        if (!error) std::make_shared<Connection>(std::move(socket))->open();
        accept(acceptor);
    });
}

int main() {
    boost::asio::io_context context(1);
    tcp::acceptor acceptor(context, {boost::asio::ip::make_address("127.0.0.1"), 0});
    std::cout << acceptor.local_endpoint().port() << std::endl;
    accept(acceptor);
    context.run();
}
