// The figures that a Meter gives.
using System;
using System.Collections.Generic;
using System.Diagnostics.Metrics;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace Ytx.Tests;

public sealed class Operators : WithServer
{
    private static readonly WatchOptions Seldom = new() { Interval = TimeSpan.FromHours(1) };

    [Fact]
    public async Task AMeterTellsWhatWasCounted()
    {
        // Watches of another client: their polls are not to be counted here.
        using YtxClient watching = Client();
        var watches = Enumerable.Range(0, 5).Select(_ => watching.WatchMeetingAsync(Appid, "watched;1u", Seldom).GetAsyncEnumerator()).ToList();
        foreach (IAsyncEnumerator<RoomEvent> watch in watches) Assert.True(await watch.MoveNextAsync());

        YtxOptions options = Patient();
        options.MaxRetries = 2;
        using var client = new YtxClient(Sid, Token, options);
        using YtxClient same = client.WithTimeout(Patience);
        // One is under way, and two wait behind it.
        Task<string>[] held = Enumerable.Range(0, 3).Select(_ => same.LockMeetingAsync(Appid, "held 1")).ToArray();
        await Server.Arrived("held 1");
        // Three connections each, which are kept only after a success.
        await Assert.ThrowsAsync<YtxException>(() => client.LockMeetingAsync(Appid, "503 always"));
        client.LockMeeting(Appid, "503 twice");
        client.LockMeeting(Appid, "1");
        await same.LockMeetingAsync(Appid, "2");

        var figures = new List<(string Name, double Value, string Tags)>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Meter.Name == "Ytx") listening.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
            figures.Add((instrument.Name, value, string.Join(" ", tags.ToArray().Select(tag => tag.Key + "=" + tag.Value)))));
        listener.Start();
        listener.RecordObservableInstruments();
        await client.LockMeetingAsync(Appid, "release 1");
        await Task.WhenAll(held);
        foreach (IAsyncEnumerator<RoomEvent> watch in watches) await watch.DisposeAsync();

        // Of this client, whose number is the last.
        long number = figures.Where(figure => figure.Name == "ytx.attempts")
            .Max(figure => long.Parse(figure.Tags.Split('=')[1], null));
        double Of(string name, string more = "") =>
            figures.Single(figure => figure.Name == name && figure.Tags == $"client={number}{more}").Value;
        double OfQueue(string name) => figures.Single(figure => figure.Name == "ytx.queue." + name).Value;
        Assert.Equal(3, Of("ytx.calls", " status=0"));
        Assert.Equal(1, Of("ytx.calls", " status=1007"));
        Assert.Equal(9, Of("ytx.attempts"));
        Assert.Equal(4, Of("ytx.retries"));
        Assert.Equal(0, Of("ytx.resends"));
        Assert.Equal(1, Of("ytx.calls.in_flight"));
        Assert.Equal(4, Of("ytx.calls.duration.bucket", " le=+Inf"));
        Assert.True(Of("ytx.calls.duration") > 0);
        Assert.Equal(7, Of("ytx.connections.opened"));
        Assert.Equal(1, Of("ytx.connections.idle"));
        Assert.Equal(1, OfQueue("in_flight"));
        Assert.Equal(2, OfQueue("waiting"));
        Assert.Equal(5, OfQueue("watches"));
        Assert.True(OfQueue("threads") >= 1);
        Assert.InRange(OfQueue("oldest"), double.Epsilon, Patience.TotalSeconds);
        Assert.Equal(14, figures.Select(figure => figure.Name).Distinct().Count());
    }
}
