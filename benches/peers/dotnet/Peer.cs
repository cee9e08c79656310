// libytx from .NET. The command line and the output are those of peer.c; there is one thread.
using System;
using System.Diagnostics;
using System.Text;
using Ytx;

internal static class Peer
{
    private const string Sid = "ff8080813c37da53013c804f8072007c";
    private const string Token = "0123456789abcdef0123456789abcdef";
    private const string Appid = "ff8080813fc70a7b013fc72312324213";
    private const string Confid = "002";

    private static void Main(string[] arguments)
    {
        if (arguments[1] != "lock" || arguments[2] != "1") throw new NotSupportedException();
        var took = new long[int.Parse(arguments[3]) * int.Parse(arguments[4])];
        using (var client = new YtxClient(Sid, Token, new YtxOptions { BaseUrl = arguments[0] }))
        {
            client.LockMeeting(Appid, Confid); // compiles all that is called
            TimeSpan before = CpuTime();
            long begin = Stopwatch.GetTimestamp(), last = begin;
            for (int call = 0; call < took.Length; call++)
            {
                client.LockMeeting(Appid, Confid);
                long end = Stopwatch.GetTimestamp();
                took[call] = end - last;
                last = end;
            }
            Console.WriteLine($"{Nanoseconds(last - begin)} {(CpuTime() - before).Ticks * 100}");
        }
        var lines = new StringBuilder();
        foreach (long ticks in took) lines.Append(Nanoseconds(ticks)).Append('\n');
        Console.Write(lines);
    }

    private static TimeSpan CpuTime()
    {
        return Process.GetCurrentProcess().TotalProcessorTime;
    }

    private static long Nanoseconds(long ticks)
    {
        return ticks * 1000000000 / Stopwatch.Frequency;
    }
}
