// The public headers and the library from C++17.
#include <mqttdrill/base.h>
#include <mqttdrill/broker.h>
#include <mqttdrill/client.h>
#include <mqttdrill/codec.h>

#include <cstring>

namespace {
void on_send(void *, void *, DrillSpan, uint64_t) {}
void on_close(void *, void *, const DrillFault *, uint64_t) {}
} // namespace

int main() {
    DrillBrokerConfig config{};
    DrillBrokerHooks hooks{nullptr, on_send, on_close};
    DrillBroker *broker = nullptr;
    if (drill_broker_new(&config, &hooks, drill_allocator_malloc(), &broker) != DRILL_OK) return 1;
    const bool idle = drill_broker_expiry(broker) == DRILL_NEVER;
    drill_broker_free(broker);
    return idle && std::strcmp(drill_packet_type_name(DRILL_PUBLISH), "PUBLISH") == 0 ? 0 : 1;
}
