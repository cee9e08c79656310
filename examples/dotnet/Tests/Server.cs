// A server for one test: it reads requests, remembers them, and does with each what it was told.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;

namespace Ytx.Tests;

internal sealed class Server : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly Func<Exchange, Task> behaviour;
    private readonly List<Exchange> exchanges = [];
    private readonly List<(string Key, TaskCompletionSource Done)> awaited = [];
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Server(Func<Exchange, Task> behaviour)
    {
        this.behaviour = behaviour;
        listener.Start(4096);
        _ = Accept();
    }

    internal string Url => "http://127.0.0.1:" + Port;

    internal int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    internal int Connections { get; private set; }

    /// <summary>Done when the server is stopped.</summary>
    internal Task Ended => ended.Task;

    internal IReadOnlyList<Exchange> Exchanges
    {
        get
        {
            lock (exchanges) return exchanges.ToArray();
        }
    }

    internal IEnumerable<string> Keys => Exchanges.Select(exchange => exchange.Key);

    public void Dispose()
    {
        ended.TrySetResult();
        listener.Stop();
    }

    /// <summary>Done when a request with this key has arrived.</summary>
    internal Task Arrived(string key)
    {
        lock (exchanges)
        {
            if (exchanges.Any(exchange => exchange.Key == key)) return Task.CompletedTask;
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            awaited.Add((key, done));
            return done.Task;
        }
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                Socket socket = await listener.AcceptSocketAsync();
                Connections++;
                _ = Serve(socket);
            }
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // It was stopped.
        }
    }

    private async Task Serve(Socket socket)
    {
        using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            while (await Exchange.Read(this, stream) is { } exchange)
            {
                lock (exchanges)
                {
                    exchange.Earlier = exchanges.Count(earlier => earlier.Key == exchange.Key);
                    exchanges.Add(exchange);
                    foreach ((string key, TaskCompletionSource done) in awaited)
                        if (key == exchange.Key)
                            done.TrySetResult();
                }
                await behaviour(exchange);
            }
        }
        catch (Exception end) when (end is IOException or SocketException)
        {
            // The connection was closed, by either side.
        }
    }

    /// <summary>A request, and where its answer goes.</summary>
    internal sealed class Exchange
    {
        private readonly NetworkStream stream;

        private Exchange(Server server, NetworkStream stream, string head, byte[] body)
        {
            Server = server;
            this.stream = stream;
            Head = head;
            Body = body;
        }

        internal Server Server { get; }

        internal string Head { get; }

        internal byte[] Body { get; }

        /// <summary>How many with the same key came before.</summary>
        internal int Earlier { get; set; }

        /// <summary>Without the signature.</summary>
        internal string Path => Head.Split(' ')[1].Split('?')[0];

        /// <summary>The room's number, or else the name of the function.</summary>
        internal string Key
        {
            get
            {
                string[] parts = Encoding.UTF8.GetString(Body).Split("\"confid\":\"");
                return parts.Length > 1 ? parts[1].Split('"')[0] : Path.Split('/')[^1];
            }
        }

        internal Task Echo() => Answer(200, WithServer.Echo(Key));

        internal Task Answer(int status, string body) => Answer(status, Encoding.UTF8.GetBytes(body));

        internal async Task Answer(int status, byte[] body)
        {
            byte[] head = Encoding.UTF8.GetBytes($"HTTP/1.1 {status} Whatever\r\nContent-Length: {body.Length}\r\n\r\n");
            await stream.WriteAsync(head.Concat(body).ToArray());
        }

        internal async Task Write(string text) => await stream.WriteAsync(Encoding.UTF8.GetBytes(text));

        /// <summary>The next request of a connection; null at its end.</summary>
        internal static async Task<Exchange?> Read(Server server, NetworkStream stream)
        {
            var bytes = new List<byte>();
            var buffer = new byte[4096];
            int end;
            while ((end = End(bytes)) < 0)
                if (!await More())
                    return null;
            string head = Encoding.UTF8.GetString(bytes.Take(end).ToArray());
            string length = head.Split("\r\n")
                .FirstOrDefault(line => line.StartsWith("content-length:", StringComparison.OrdinalIgnoreCase)) ?? ":0";
            int whole = end + int.Parse(length.Split(':')[1], null);
            while (bytes.Count < whole)
                if (!await More())
                    return null;
            return new Exchange(server, stream, head, bytes.Skip(end).ToArray());

            async Task<bool> More()
            {
                int read = await stream.ReadAsync(buffer);
                bytes.AddRange(buffer.Take(read));
                return read > 0;
            }
        }

        private static int End(List<byte> bytes)
        {
            for (int i = 3; i < bytes.Count; i++)
                if (bytes[i - 3] == '\r' && bytes[i - 2] == '\n' && bytes[i - 1] == '\r' && bytes[i] == '\n')
                    return i + 1;
            return -1;
        }
    }
}
