// The workload of bench_clients.c in ns-3: 100 clients, each on a link of its own to one server, 1
// Mbit/s, 300 ms one way, 5 % loss in both directions; each connects within the first second, then
// sends 100 bytes every second, 600 times, and every request is answered with 4 bytes. TCP as ns-3
// has it, with the segment size, TCP_NODELAY and the patience of Linux, so that nobody gives up.
//
// ns3_clients [count]   count: also how many packets were sent (costs time)
#include <cstring>
#include <map>
#include <vector>

#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"
#include "ns3/traffic-control-module.h"

#include "../clients.h"

using namespace ns3;

namespace
{

struct Client
{
    Ptr<Socket> socket;
    Address server;
    std::vector<uint64_t> sent_ns;
    uint64_t got_bytes = 0;
};

Client clients[BENCH_CLIENTS];
std::map<Ptr<Socket>, uint64_t> served_bytes;
BenchTrips trips;
uint64_t packets;

void
CountPacket(Ptr<const Packet>)
{
    packets++;
}

uint64_t
TakeBytes(Ptr<Socket> socket)
{
    uint64_t bytes = 0;
    while (Ptr<Packet> packet = socket->Recv())
    {
        if (packet->GetSize() == 0)
            break;
        bytes += packet->GetSize();
    }
    return bytes;
}

void
Tick(Client* client)
{
    client->sent_ns.push_back(Simulator::Now().GetNanoSeconds());
    client->socket->Send(Create<Packet>(BENCH_REQUEST_BYTES));
    if (client->sent_ns.size() < BENCH_ROUNDS)
        Simulator::Schedule(Seconds(1), &Tick, client);
}

void
Answered(Client* client, Ptr<Socket> socket)
{
    uint64_t before = client->got_bytes / BENCH_ANSWER_BYTES;
    client->got_bytes += TakeBytes(socket);
    for (; before < client->got_bytes / BENCH_ANSWER_BYTES; before++)
        bench_trips_add(&trips, Simulator::Now().GetNanoSeconds() - client->sent_ns[before]);
}

void
Serve(Ptr<Socket> socket)
{
    uint64_t& bytes = served_bytes[socket];
    uint64_t before = bytes / BENCH_REQUEST_BYTES;
    bytes += TakeBytes(socket);
    for (; before < bytes / BENCH_REQUEST_BYTES; before++)
        socket->Send(Create<Packet>(BENCH_ANSWER_BYTES));
}

void
Accepted(Ptr<Socket> socket, const Address&)
{
    served_bytes[socket] = 0;
    socket->SetRecvCallback(MakeCallback(&Serve));
}

void
Connect(Client* client)
{
    client->socket->Connect(client->server);
}

void
SetDefaults()
{
    Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1448));
    Config::SetDefault("ns3::TcpSocket::TcpNoDelay", BooleanValue(true));
    Config::SetDefault("ns3::TcpSocket::DataRetries", UintegerValue(15));
    Config::SetDefault("ns3::TcpSocket::ConnCount", UintegerValue(20));
    RngSeedManager::SetSeed(1);
}

void
BuildNetwork(NodeContainer server, NodeContainer nodes, bool count)
{
    InternetStackHelper stack;
    stack.SetIpv6StackInstall(false);
    stack.Install(server);
    stack.Install(nodes);
    PointToPointHelper line;
    line.SetDeviceAttribute("DataRate", StringValue("1Mbps"));
    line.SetChannelAttribute("Delay", StringValue("300ms"));
    line.SetQueue("ns3::DropTailQueue", "MaxSize", StringValue("1000p"));
    Ipv4AddressHelper addresses("10.0.0.0", "255.255.255.252");
    TrafficControlHelper traffic;
    for (uint32_t i = 0; i < BENCH_CLIENTS; i++)
    {
        NetDeviceContainer ends = line.Install(server.Get(0), nodes.Get(i));
        for (uint32_t side = 0; side < 2; side++)
        {
            Ptr<RateErrorModel> loss = CreateObject<RateErrorModel>();
            loss->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
            loss->SetRate(BENCH_LOSS_PERCENT / 100.0);
            ends.Get(side)->SetAttribute("ReceiveErrorModel", PointerValue(loss));
            if (count)
                ends.Get(side)->TraceConnectWithoutContext("PhyTxBegin",
                                                           MakeCallback(&CountPacket));
        }
        Ipv4InterfaceContainer interfaces = addresses.Assign(ends);
        addresses.NewNetwork();
        // A plain drop-tail queue, no queue discipline above it.
        traffic.Uninstall(ends);
        clients[i].server = InetSocketAddress(interfaces.GetAddress(0), 1883);
    }
}

} // namespace

int
main(int argc, char** argv)
{
    bool count = argc > 1 && strcmp(argv[1], "count") == 0;
    double cpu_s = bench_cpu_s(), wall_s = bench_wall_s();
    SetDefaults();
    NodeContainer server, nodes;
    server.Create(1);
    nodes.Create(BENCH_CLIENTS);
    BuildNetwork(server, nodes, count);
    Ptr<Socket> listener = Socket::CreateSocket(server.Get(0), TcpSocketFactory::GetTypeId());
    listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), 1883));
    listener->Listen();
    listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                MakeCallback(&Accepted));
    Ptr<UniformRandomVariable> begin = CreateObject<UniformRandomVariable>();
    for (uint32_t i = 0; i < BENCH_CLIENTS; i++)
    {
        Client* client = &clients[i];
        client->socket = Socket::CreateSocket(nodes.Get(i), TcpSocketFactory::GetTypeId());
        client->socket->Bind();
        client->socket->SetConnectCallback(
            Callback<void, Ptr<Socket>>([client](Ptr<Socket>) { Tick(client); }),
            MakeNullCallback<void, Ptr<Socket>>());
        client->socket->SetRecvCallback(Callback<void, Ptr<Socket>>(
            [client](Ptr<Socket> socket) { Answered(client, socket); }));
        Simulator::Schedule(Seconds(begin->GetValue(0, 1)), &Connect, client);
    }
    Simulator::Stop(Seconds(BENCH_ROUNDS + BENCH_DRAIN_S));
    Simulator::Run();
    bench_trips_print(&trips, bench_cpu_s() - cpu_s, bench_wall_s() - wall_s, packets);
    Simulator::Destroy();
    return 0;
}
