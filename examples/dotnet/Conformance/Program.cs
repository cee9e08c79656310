// What the Rust tests ask of .NET, by one word: "cases" runs the conformance cases of the file that
// YTX_CONFORMANCE names, "awaited" the same with no call that blocks, "layout" tells how the structs of
// C lie, "loading" whether the native library was found, and "at-once COUNT" makes so many calls at once
// and tells how many threads there were.
using System;
using System.Globalization;
using System.IO;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Threading.Tasks;

namespace Ytx.Tests;

internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        switch (arguments[0])
        {
            case "cases":
            case "awaited":
                byte[] cases = File.ReadAllBytes(Variable("YTX_CONFORMANCE"));
                int count = await Cases.Run(cases, arguments[0] == "awaited").ConfigureAwait(false);
                Console.WriteLine($"{count} cases as expected");
                return 0;
            case "layout":
                foreach (string name in new[] { "options", "queue_options", "event" }) Layout(name);
                return 0;
            case "loading":
                Loading();
                return 0;
            case "at-once":
                await AtOnce(int.Parse(arguments[1], CultureInfo.InvariantCulture)).ConfigureAwait(false);
                return 0;
            default:
                return 2;
        }
    }

    private static void Layout(string name)
    {
        string type = "Ytx.Native" + name switch
        {
            "options" => "Options",
            "queue_options" => "QueueOptions",
            _ => "Event",
        };
        Type options = typeof(YtxClient).Assembly.GetType(type, true)!;
        Console.WriteLine(name + " " + Marshal.SizeOf(options));
        foreach (FieldInfo field in options.GetFields(BindingFlags.Instance | BindingFlags.NonPublic))
            Console.WriteLine(name + "." + field.Name + " " + Marshal.OffsetOf(options, field.Name));
    }

    private static void Loading()
    {
        try
        {
            new YtxClient("account-1", "a-token-of-nobody").Dispose();
            Console.WriteLine("found");
        }
        catch (DllNotFoundException missing)
        {
            Console.WriteLine(missing.Message);
        }
    }

    private static async Task AtOnce(int count)
    {
        string appid = Variable("YTX_APPID"), confid = Variable("YTX_CONFID");
        using YtxClient client = Client();
        await client.MeetingStateAsync(appid, confid).ConfigureAwait(false);
        var calls = new Task<MeetingState>[count];
        for (int i = 0; i < count; i++) calls[i] = client.MeetingStateAsync(appid, confid);
        Task all = Task.WhenAll(calls);
        int threads = 0;
        while (await Task.WhenAny(all, Task.Delay(20)).ConfigureAwait(false) != all)
            threads = Math.Max(threads, Directory.GetDirectories("/proc/self/task").Length);
        await all.ConfigureAwait(false);
        Console.WriteLine($"{calls.Length} calls, {threads} threads");
    }

    private static YtxClient Client()
    {
        TimeSpan patience = TimeSpan.FromMinutes(1); // the machine may be busy
        var options = new YtxOptions
        {
            BaseUrl = Variable("YTX_BASE_URL"),
            Timeout = patience,
            ConnectTimeout = patience,
        };
        return new YtxClient(Variable("YTX_ACCOUNT_SID"), Variable("YTX_AUTH_TOKEN"), options);
    }

    private static string Variable(string name) => Environment.GetEnvironmentVariable(name) ?? "";
}
