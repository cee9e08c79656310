// Locks a conference room, shows who is in it, unlocks it; then shows a refusal.
//
// `cargo run --example quickstart -- dotnet` runs this against the local sandbox, under Mono. It
// takes its account from the environment; `cargo run -p ytx-sandbox` prints a set of variables.
using System;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Ytx;

internal static class Program
{
    private static int Main()
    {
        Console.OutputEncoding = new UTF8Encoding(false);
        return Run().GetAwaiter().GetResult();
    }

    private static async Task<int> Run()
    {
        string appid = Variable("YTX_APPID"), confid = Variable("YTX_CONFID");
        var options = new YtxOptions
        {
            BaseUrl = Variable("YTX_BASE_URL"),
            Timeout = TimeSpan.FromSeconds(10),
            Log = (level, line) => Console.Error.WriteLine("ytx: " + line),
        };
        try
        {
            using (var client = new YtxClient(Variable("YTX_ACCOUNT_SID"), Variable("YTX_AUTH_TOKEN"), options))
            {
                client.LockMeeting(appid, confid);
                Console.WriteLine($"Room {confid} is locked.");

                foreach (Member member in client.MeetingState(appid, confid).Members)
                    Console.WriteLine($"  {member.Phone,-12} {member.Presence} {member.Mute}");

                // The same without blocking; the token would end the call.
                using (var stop = new CancellationTokenSource(TimeSpan.FromSeconds(5)))
                    await client.UnlockMeetingAsync(appid, confid, stop.Token);
                Console.WriteLine($"Room {confid} is open.");

                return Refused(client, confid) ? 0 : 1;
            }
        }
        catch (YtxException failure)
        {
            Console.Error.WriteLine(failure.Message + (failure.Retryable ? " (try again later)" : ""));
            return 1;
        }
    }

    /// <summary>What a refusal looks like.</summary>
    private static bool Refused(YtxClient client, string confid)
    {
        try
        {
            client.LockMeeting("an-appid-of-nobody", confid);
            return false;
        }
        catch (YtxException refusal)
        {
            Console.WriteLine($"{refusal.Name}: {refusal.Answer}");
            return refusal.Kind == YtxErrorKind.Refused && refusal.Status == -205;
        }
    }

    /// <summary>One that is missing is empty, and the library says what it was for.</summary>
    private static string Variable(string name)
    {
        return Environment.GetEnvironmentVariable(name) ?? "";
    }
}
