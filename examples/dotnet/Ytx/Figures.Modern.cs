// The figures for operators, as the instruments of a Meter: what the library counts anyway is asked
// for when somebody collects, and nothing is counted here.
using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics.Metrics;
using System.Linq;
using System.Threading;

namespace Ytx;

internal static unsafe class Figures
{
    private const string Name = "Ytx";

    /// <summary>Of each handle that lives the number of its account's client, which all made from it
    /// share.</summary>
    private static readonly ConcurrentDictionary<IntPtr, long> Clients = new();
    private static readonly object Gate = new();
    private static Meter? meter;
    private static long last;

    /// <summary>The number of a client that is not made from another one.</summary>
    internal static long Next() => Interlocked.Increment(ref last);

    internal static void ClientCame(IntPtr handle, long client)
    {
        Clients[handle] = client;
        lock (Gate) meter ??= Make();
    }

    /// <summary>The meter goes with the last one: it would hold a load context.</summary>
    internal static void ClientWent(IntPtr handle)
    {
        Clients.TryRemove(handle, out _);
        lock (Gate)
        {
            if (!Clients.IsEmpty) return;
            meter?.Dispose();
            meter = null;
        }
    }

    private static Meter Make()
    {
        var made = new Meter(Name);
        made.CreateObservableCounter("ytx.calls", Calls, "{call}", "Calls that have ended, by their status in C; 0 is success.");
        made.CreateObservableCounter("ytx.calls.duration", () => OfClients(s => s["seconds"]["sum"]), "s", "How long they took together.");
        made.CreateObservableCounter("ytx.calls.duration.bucket", Buckets, "{call}", "Those that took no longer than \"le\" seconds.");
        made.CreateObservableUpDownCounter("ytx.calls.in_flight", () => OfClients(s => s["inFlight"]), "{call}", "Calls under way.");
        made.CreateObservableCounter("ytx.attempts", () => OfClients(s => s["attempts"]), "{attempt}", "Connections used or tried.");
        made.CreateObservableCounter("ytx.retries", () => OfClients(s => s["retries"]), "{attempt}", "Attempts after a failure that passes.");
        made.CreateObservableCounter("ytx.resends", () => OfClients(s => s["resends"]), "{attempt}", "Attempts after a kept connection was found closed.");
        made.CreateObservableCounter("ytx.connections.opened", () => OfClients(s => s["connections"]["opened"]), "{connection}", "Connections made.");
        made.CreateObservableUpDownCounter("ytx.connections.idle", () => OfClients(s => s["connections"]["idle"]), "{connection}", "Connections kept for reuse.");
        made.CreateObservableUpDownCounter("ytx.queue.in_flight", () => OfQueue(s => s["inFlight"]), "{call}", "Calls that do not block, on their way.");
        made.CreateObservableUpDownCounter("ytx.queue.waiting", () => OfQueue(s => s["waiting"]), "{call}", "Those that wait for their turn or a retry.");
        made.CreateObservableUpDownCounter("ytx.queue.watches", () => OfQueue(s => s["watches"]), "{watch}", "Rooms watched.");
        made.CreateObservableUpDownCounter("ytx.queue.threads", () => OfQueue(s => s["threads"]), "{thread}", "The library's threads.");
        made.CreateObservableGauge("ytx.queue.oldest", () => OfQueue(s => s["oldestSeconds"]), "s", "How long ago the oldest call was made that has not ended.");
        return made;
    }

    private static List<Measurement<double>> OfClients(Func<Json, Json> figure) =>
        EachClient((stats, client, all) => all.Add(new(figure(stats).Number() ?? 0, client)));

    private static List<Measurement<double>> Calls() => EachClient((stats, client, all) =>
    {
        all.Add(new(stats["succeeded"].Number() ?? 0, client, new("status", "0")));
        foreach ((string status, Json count) in stats["failed"].Fields())
            all.Add(new(count.Number() ?? 0, client, new("status", status)));
    });

    private static List<Measurement<double>> Buckets() => EachClient((stats, client, all) =>
    {
        foreach (Json bucket in stats["seconds"]["buckets"].Items())
        {
            List<Json> pair = bucket.Items();
            if (pair.Count == 2) all.Add(new(pair[1].Number() ?? 0, client, new("le", pair[0].Text())));
        }
    });

    private static List<Measurement<double>> EachClient(
        Action<Json, KeyValuePair<string, object?>, List<Measurement<double>>> add)
    {
        var all = new List<Measurement<double>>();
        var told = new HashSet<long>();
        foreach ((IntPtr handle, long client) in Clients.OrderBy(pair => pair.Value))
        {
            if (told.Contains(client)) continue;
            byte* stats = Native.ClientStats(handle, null);
            if (stats == null) continue; // it has just gone
            told.Add(client);
            try
            {
                add(new Json(stats), new("client", client), all);
            }
            finally
            {
                Native.StringFree(stats);
            }
        }
        return all;
    }

    private static List<Measurement<double>> OfQueue(Func<Json, Json> figure)
    {
        byte* stats = Native.QueueStats(Completions.Queue, null);
        if (stats == null) return [];
        try
        {
            return [new(figure(new Json(stats)).Number() ?? 0)];
        }
        finally
        {
            Native.StringFree(stats);
        }
    }
}
