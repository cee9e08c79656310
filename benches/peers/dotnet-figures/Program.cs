// What calls from .NET cost, by libytx or by HttpClient and System.Text.Json:
//
//     Figures URL ytx|http lock|state blocking|awaited|flight|at-once CALLS [ROOM]
//
// Prints, in one line: nanoseconds and nanoseconds of CPU of all calls together, the most threads the
// process has had, its greatest size in bytes, and the bytes of garbage of all calls together. The
// calls before, which compile what is called, do not count.
using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

internal static class Program
{
    private const int AtATime = 64;

    private static int mostThreads;

    private static async Task Main(string[] arguments)
    {
        string url = arguments[0];
        bool state = arguments[2] == "state";
        int calls = int.Parse(arguments[4]);
        using ICaller caller = arguments[1] == "ytx" ? new ByYtx(url) : new ByHttpClient(url);
        string room = arguments.Length > 5 ? arguments[5] : "120"; // of which the state is asked for

        int before = arguments[3] == "at-once" ? 1 : 2000;
        await Run(caller, state ? room : null, arguments[3] == "at-once" ? "awaited" : arguments[3], before);
        GC.Collect();
        using var watching = new Timer(_ => LookAtThreads(), null, 0, 20);
        long garbage = GC.GetTotalAllocatedBytes(true);
        TimeSpan cpu = Process.GetCurrentProcess().TotalProcessorTime;
        long begin = Stopwatch.GetTimestamp();
        await Run(caller, state ? room : null, arguments[3], calls);
        TimeSpan took = Stopwatch.GetElapsedTime(begin);
        LookAtThreads();
        Process process = Process.GetCurrentProcess();
        cpu = process.TotalProcessorTime - cpu;
        garbage = GC.GetTotalAllocatedBytes(true) - garbage;
        Console.WriteLine($"{took.Ticks * 100} {cpu.Ticks * 100} {mostThreads} {process.PeakWorkingSet64} {garbage}");
    }

    private static async Task Run(ICaller caller, string? state, string how, int calls)
    {
        Task One(int i) => state != null ? caller.StateAsync(state) : caller.LockAsync("room " + i);
        switch (how)
        {
            case "blocking":
                for (int i = 0; i < calls; i++)
                {
                    if (state != null) caller.State(state);
                    else caller.Lock("room");
                }
                break;
            case "awaited":
                for (int i = 0; i < calls; i++) await One(0);
                break;
            case "flight":
                await Task.WhenAll(Enumerable.Range(0, AtATime).Select(async slot =>
                {
                    for (int i = 0; i < calls / AtATime; i++) await One(slot);
                }));
                break;
            case "at-once":
                await Task.WhenAll(Enumerable.Range(0, calls).Select(One));
                break;
            default:
                throw new ArgumentException(how);
        }
    }

    private static void LookAtThreads() =>
        mostThreads = Math.Max(mostThreads, Directory.GetDirectories("/proc/self/task").Length);
}
