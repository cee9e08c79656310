// Waits until everybody who was invited is in the room, and locks it then.
//
//     lock_when_complete NUMBER...
//
// The numbers are those invited, in full. Account and room come from the environment.
using System;
using System.Linq;
using System.Text;
using System.Threading;
using Ytx;

internal static class Program
{
    private static readonly string[] Variables =
        { "YTX_BASE_URL", "YTX_ACCOUNT_SID", "YTX_AUTH_TOKEN", "YTX_APPID", "YTX_CONFID" };

    private static int Main(string[] invited)
    {
        Console.OutputEncoding = new UTF8Encoding(false); // without a byte-order mark
        string[] values = Variables.Select(Environment.GetEnvironmentVariable).ToArray();
        int missing = Array.FindIndex(values, string.IsNullOrEmpty);
        if (missing >= 0) return Misused(Variables[missing] + " is not set");
        if (invited.Length == 0) return Misused("usage: lock_when_complete NUMBER...");

        string appid = values[3], confid = values[4], shown = "";
        try
        {
            using (var client = new YtxClient(values[1], values[2], new YtxOptions { BaseUrl = values[0] }))
                while (!LockIfComplete(client, appid, confid, invited, ref shown))
                    Thread.Sleep(TimeSpan.FromSeconds(1));
            return 0;
        }
        catch (YtxException failure)
        {
            Console.Error.WriteLine($"room {confid}: {failure.Message}");
            return 1;
        }
    }

    private static bool LockIfComplete(
        YtxClient client, string appid, string confid, string[] invited, ref string shown)
    {
        try
        {
            string[] awaited = Awaited(client.MeetingState(appid, confid), invited);
            string line = $"room {confid}: {invited.Length - awaited.Length} of {invited.Length} joined";
            if (awaited.Length > 0) line += ", waiting for " + string.Join(", ", awaited);
            if (line != shown) Console.WriteLine(line);
            shown = line;
            if (awaited.Length > 0) return false;
            client.LockMeeting(appid, confid);
            Console.WriteLine($"room {confid}: locked");
            return true;
        }
        catch (YtxException failure) when (failure.Retryable)
        {
            Console.Error.WriteLine($"room {confid}: {failure.Message}; trying again");
            return false;
        }
    }

    private static string[] Awaited(MeetingState state, string[] invited)
    {
        var joined = state.Members.Where(member => member.IsOnline == true).ToList();
        return invited.Where(number => !joined.Any(member => IsShownAs(member.Phone, number))).ToArray();
    }

    /// <summary>The platform shows a * for some of a number's digits.</summary>
    private static bool IsShownAs(string shown, string number)
    {
        return shown.Length == number.Length
            && shown.Zip(number, (mask, digit) => mask == '*' || mask == digit).All(same => same);
    }

    private static int Misused(string why)
    {
        Console.Error.WriteLine(why);
        return 2;
    }
}
