// Locks a conference room once everyone invited has joined.
//
//     mono LockWhenComplete.exe 13112341314 18912345326
//
// It asks once a second who is in the room. The account, the application and the room come from the
// environment; `cargo run -p ytx-sandbox -- --join 3000` plays a room that fills, and prints what to
// set.
using System;
using System.Linq;
using System.Text;
using System.Threading;
using Ytx;

internal static class Program
{
    private static int Main(string[] invited)
    {
        Console.OutputEncoding = new UTF8Encoding(false); // without a byte-order mark
        string sid = Need("YTX_ACCOUNT_SID"), token = Need("YTX_AUTH_TOKEN");
        string appid = Need("YTX_APPID"), confid = Need("YTX_CONFID"), shown = "";
        if (invited.Length == 0) Console.Error.WriteLine("usage: lock_when_complete NUMBER...");
        if (invited.Length == 0 || new[] { sid, token, appid, confid }.Contains(null)) return 2;

        var options = new YtxOptions { BaseUrl = Environment.GetEnvironmentVariable("YTX_BASE_URL") };
        try
        {
            using (var client = new YtxClient(sid, token, options))
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

    /// <summary>An environment variable; null, and a word to the user, if it is missing.</summary>
    private static string Need(string name)
    {
        string value = Environment.GetEnvironmentVariable(name);
        if (!string.IsNullOrEmpty(value)) return value;
        Console.Error.WriteLine($"lock_when_complete: {name} is not set");
        return null;
    }
}
