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
    [Fact]
    public async Task AMeterTellsWhatWasCounted()
    {
        using YtxClient client = Client();
        using YtxClient same = client.WithTimeout(Patience);
        client.LockMeeting(Appid, "1");
        await same.LockMeetingAsync(Appid, "2");
        await Assert.ThrowsAsync<YtxException>(() => client.LockMeetingAsync(Appid, "503 always"));
        Task<string> held = same.LockMeetingAsync(Appid, "held 1");
        await Server.Arrived("held 1");

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
        await held;

        // Of this client, whose number is the last.
        long number = figures.Where(figure => figure.Name == "ytx.attempts")
            .Max(figure => long.Parse(figure.Tags.Split('=')[1], null));
        double Of(string name, string more = "") =>
            figures.Single(figure => figure.Name == name && figure.Tags == $"client={number}{more}").Value;
        Assert.Equal(2, Of("ytx.calls", " status=0"));
        Assert.Equal(1, Of("ytx.calls", " status=1007"));
        Assert.Equal(4, Of("ytx.attempts"));
        Assert.Equal(1, Of("ytx.calls.in_flight"));
        Assert.Equal(3, Of("ytx.calls.duration.bucket", " le=+Inf"));
        Assert.True(Of("ytx.calls.duration") > 0);
        Assert.True(Of("ytx.connections.opened") >= 1);
        Assert.Equal(1, figures.Single(figure => figure.Name == "ytx.queue.in_flight").Value);
        Assert.Equal(14, figures.Select(figure => figure.Name).Distinct().Count());
    }
}
