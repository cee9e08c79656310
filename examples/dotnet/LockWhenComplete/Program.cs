// Locks a conference room once everyone invited has joined, as a service would: it watches the room,
// asks every second, and ends at Ctrl-C or SIGTERM.
//
//     dotnet run --project examples/dotnet/LockWhenComplete 13112341314 18912345326
//
// The account, the application and the room come from the environment;
// `cargo run -p ytx-sandbox -- --join 3000` plays a room that fills, and prints what to set.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Ytx;

string? sid = Need("YTX_ACCOUNT_SID"), token = Need("YTX_AUTH_TOKEN");
string? appid = Need("YTX_APPID"), confid = Need("YTX_CONFID");
if (args.Length == 0) Console.Error.WriteLine("usage: lock_when_complete NUMBER...");
if (args.Length == 0 || sid == null || token == null || appid == null || confid == null) return 2;

using var stop = new CancellationTokenSource();
void Stop(PosixSignalContext signal)
{
    signal.Cancel = true; // the program ends by itself
    stop.Cancel();
}

using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    var options = new YtxOptions { BaseUrl = Environment.GetEnvironmentVariable("YTX_BASE_URL") };
    using var client = new YtxClient(sid, token, options);
    await LockWhenComplete(client, appid, confid, args, stop.Token).ConfigureAwait(false);
    return 0;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    Console.Error.WriteLine($"room {confid}: stopped before all had joined");
    return 130;
}
catch (YtxException failure)
{
    Console.Error.WriteLine($"room {confid}: {failure.Message}");
    return 1;
}

static async Task LockWhenComplete(
    YtxClient client, string appid, string confid, string[] invited, CancellationToken token)
{
    var everySecond = new WatchOptions { Interval = TimeSpan.FromSeconds(1) };
    string shown = "";
    await foreach (RoomEvent news in client.WatchMeetingAsync(appid, confid, everySecond, token).ConfigureAwait(false))
    {
        if (news.Kind == RoomEventKind.Lost)
        {
            Console.Error.WriteLine($"room {confid}: {news.Error?.Message}; trying again");
            continue;
        }
        string[] awaited = Awaited(news.Members, invited);
        string line = $"room {confid}: {invited.Length - awaited.Length} of {invited.Length} joined";
        if (awaited.Length > 0) line += ", waiting for " + string.Join(", ", awaited);
        if (line != shown) Console.WriteLine(line);
        shown = line;
        if (awaited.Length == 0) break;
    }
    await client.LockMeetingAsync(appid, confid, token).ConfigureAwait(false);
    Console.WriteLine($"room {confid}: locked");
}

static string[] Awaited(IReadOnlyList<Member> members, string[] invited) =>
    [.. invited.Where(number => !members.Any(member => member.IsOnline == true && IsShownAs(member.Phone, number)))];

// The platform shows a * for some of a number's digits.
static bool IsShownAs(string shown, string number) =>
    shown.Length == number.Length
    && shown.Zip(number, (mask, digit) => mask == '*' || mask == digit).All(same => same);

// An environment variable; null, and a word to the user, if it is missing.
static string? Need(string name)
{
    string? value = Environment.GetEnvironmentVariable(name);
    if (!string.IsNullOrEmpty(value)) return value;
    Console.Error.WriteLine($"lock_when_complete: {name} is not set");
    return null;
}
