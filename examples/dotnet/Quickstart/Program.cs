// Locks a conference room, shows who is in it, unlocks it; then shows a refusal.
//
// `cargo run --example quickstart -- dotnet` runs this against the local sandbox; so does
// `dotnet run --project examples/dotnet/Quickstart` with the variables that `cargo run -p ytx-sandbox`
// prints.
using System;
using System.Threading;
using System.Threading.Tasks;
using Ytx;

string appid = Variable("YTX_APPID"), confid = Variable("YTX_CONFID");
var options = new YtxOptions
{
    BaseUrl = Variable("YTX_BASE_URL"),
    Timeout = TimeSpan.FromSeconds(10),
    Log = (level, line) => Console.Error.WriteLine("ytx: " + line),
};
try
{
    using var client = new YtxClient(Variable("YTX_ACCOUNT_SID"), Variable("YTX_AUTH_TOKEN"), options);
    client.LockMeeting(appid, confid);
    Console.WriteLine($"Room {confid} is locked.");

    foreach (Member member in client.MeetingState(appid, confid).Members)
        Console.WriteLine($"  {member.Phone,-12} {member.Presence} {member.Mute}");

    // The same without blocking; the token would end the call.
    using (var stop = new CancellationTokenSource(TimeSpan.FromSeconds(5)))
        await client.UnlockMeetingAsync(appid, confid, stop.Token).ConfigureAwait(false);
    Console.WriteLine($"Room {confid} is open.");

    return await Refused(client, confid).ConfigureAwait(false) ? 0 : 1;
}
catch (YtxException failure)
{
    Console.Error.WriteLine(failure.Message + (failure.Retryable ? " (try again later)" : ""));
    return 1;
}

// What a refusal looks like.
static async Task<bool> Refused(YtxClient client, string confid)
{
    try
    {
        await client.LockMeetingAsync("an-appid-of-nobody", confid).ConfigureAwait(false);
        return false;
    }
    catch (YtxException refusal)
    {
        Console.WriteLine($"{refusal.Name}: {refusal.Answer}");
        return refusal.Kind == YtxErrorKind.Refused && refusal.Status == -205;
    }
}

// One that is missing is empty, and the library says what it was for.
static string Variable(string name) => Environment.GetEnvironmentVariable(name) ?? "";
