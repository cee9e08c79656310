// The conformance table of all languages, against servers started here: the sandbox that Cargo has
// built, and Server.cs.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Xunit;

namespace Ytx.Tests;

public sealed class Conformance : IDisposable
{
    private readonly List<Process> sandboxes = [];
    private readonly List<Socket> sockets = [];

    public void Dispose()
    {
        foreach (Process sandbox in sandboxes)
        {
            sandbox.Kill();
            sandbox.Dispose();
        }
        sockets.ForEach(socket => socket.Dispose());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task EveryCaseIsAsExpected(bool awaited)
    {
        string table = File.ReadAllText(Path.Combine(Clone.Root, "tests", "conformance", "cases.json"));
        using var scripted = new Server(Behaviour.Of);
        using var plain = new Greeter();
        string text = table
            .Replace("{sandbox}", Sandbox(), StringComparison.Ordinal)
            .Replace("{throttled}", Sandbox("--throttle", "0"), StringComparison.Ordinal)
            .Replace("{strict}", Sandbox("--validity", "0"), StringComparison.Ordinal)
            .Replace("{failing}", Sandbox("--fail", "404"), StringComparison.Ordinal)
            .Replace("{late}", Sandbox("--delay", "60000"), StringComparison.Ordinal)
            .Replace("{scripted}", scripted.Url, StringComparison.Ordinal)
            .Replace("{hanging}", Hanging(), StringComparison.Ordinal)
            .Replace("{plain port}", plain.Port.ToString("d", null), StringComparison.Ordinal);
        JsonNode all = JsonNode.Parse(text)!;
        var cases = new JsonArray(all["cases"]!.AsArray().Select(one => Completed(all["usual"]!, one!)).ToArray());
        int ran = await Cases.Run(Encoding.UTF8.GetBytes(cases.ToJsonString()), awaited);
        Assert.Equal(cases.Count, ran);
        Assert.True(ran > 60, $"{ran} cases");
    }

    private static JsonNode? Completed(JsonNode usual, JsonNode one)
    {
        JsonNode whole = usual.DeepClone();
        foreach ((string name, JsonNode? value) in one.AsObject())
        {
            if (name == "options")
                foreach ((string option, JsonNode? chosen) in value!.AsObject())
                    whole["options"]![option] = chosen?.DeepClone();
            else if (name == "answer" && value is JsonValue) whole["confid"] = WithServer.Told((string)value!);
            else whole[name] = value?.DeepClone();
        }
        return whole;
    }

    private string Sandbox(params string[] flags)
    {
        var start = new ProcessStartInfo(Clone.Built("ytx-sandbox"), [.. flags, "--listen", "127.0.0.1:0", "--quiet"])
        {
            RedirectStandardOutput = true,
        };
        Process sandbox = Process.Start(start)!;
        sandboxes.Add(sandbox);
        while (sandbox.StandardOutput.ReadLine() is { } line)
        {
            int url = line.IndexOf("http://127.0.0.1:", StringComparison.Ordinal);
            if (url >= 0) return line[url..].Split(' ', '\'', '"')[0].TrimEnd('.', '/');
        }
        throw new InvalidOperationException("the sandbox has not said where it is");
    }

    /// <summary>Nobody accepts here, so that a connect waits.</summary>
    private string Hanging()
    {
        var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        sockets.Add(listener);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        for (int i = 0; i < 4; i++)
        {
            var filling = new Socket(SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            sockets.Add(filling);
            try
            {
                filling.Connect(listener.LocalEndPoint!);
            }
            catch (SocketException under) when (under.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                // It is on its way.
            }
        }
        return "http://" + listener.LocalEndPoint;
    }

    /// <summary>Finds whatever comes first a bad request.</summary>
    private sealed class Greeter : IDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);

        internal Greeter()
        {
            listener.Start();
            _ = Serve();
        }

        internal int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

        public void Dispose() => listener.Dispose();

        private async Task Serve()
        {
            try
            {
                while (true)
                {
                    using Socket socket = await listener.AcceptSocketAsync();
                    await socket.ReceiveAsync(new byte[4096]);
                    await socket.SendAsync(Encoding.UTF8.GetBytes(
                        "HTTP/1.1 400 Whatever\r\nConnection: close\r\nContent-Length: 18\r\n\r\n{\"statusCode\":\"0\"}"));
                }
            }
            catch (Exception end) when (end is SocketException or ObjectDisposedException)
            {
                // It was stopped.
            }
        }
    }
}
