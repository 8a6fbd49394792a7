// The models of model.h on ns-3's event queue.
//
// ns3_queue hold SCHEDULER PENDING EVENTS
// ns3_queue cancel|remove SCHEDULER CONNECTIONS PACKETS   re-arm model; a cancelled event stays in
//                                                         ns-3's queue until its time, a removed
//                                                         one is searched for and taken out
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "ns3/core-module.h"

#include "../model.h"

namespace
{

BenchModel model;
std::vector<ns3::EventId> timers;
bool remove_timers;

uint64_t
Now()
{
    return static_cast<uint64_t>(ns3::Simulator::Now().GetNanoSeconds());
}

ns3::Time
Delay()
{
    return ns3::NanoSeconds(bench_delay_ns(&model));
}

void
Hold(uint32_t number)
{
    if (bench_count(&model, Now()))
        ns3::Simulator::Schedule(Delay(), &Hold, number);
    else
        ns3::Simulator::Stop();
}

void
KeepAlive(uint32_t number)
{
    timers[number] =
        ns3::Simulator::Schedule(ns3::NanoSeconds(BENCH_KEEP_ALIVE_NS), &KeepAlive, number);
}

void
Packet(uint32_t number)
{
    if (!bench_count(&model, Now()))
    {
        ns3::Simulator::Stop();
        return;
    }
    if (remove_timers)
        ns3::Simulator::Remove(timers[number]);
    else
        ns3::Simulator::Cancel(timers[number]);
    KeepAlive(number);
    ns3::Simulator::Schedule(Delay(), &Packet, number);
}

} // namespace

int
main(int argc, char** argv)
{
    if (argc != 5)
    {
        fprintf(stderr, "usage: ns3_queue hold|cancel|remove SCHEDULER PENDING EVENTS\n");
        return 2;
    }
    bool hold = strcmp(argv[1], "hold") == 0;
    remove_timers = strcmp(argv[1], "remove") == 0;
    uint64_t count = strtoull(argv[3], nullptr, 10), events = strtoull(argv[4], nullptr, 10);
    ns3::ObjectFactory scheduler;
    scheduler.SetTypeId(std::string("ns3::") + argv[2]);
    ns3::Simulator::SetScheduler(scheduler);
    bench_start(&model, hold ? bench_hold_warm(count, events) : bench_rearm_warm(count), events);
    timers.resize(hold ? 0 : count);
    for (uint32_t i = 0; i < count; i++)
    {
        if (!hold)
            KeepAlive(i);
        ns3::Simulator::Schedule(Delay(), hold ? &Hold : &Packet, i);
    }
    ns3::Simulator::Run();
    bench_print(&model);
    ns3::Simulator::Destroy();
    return 0;
}
