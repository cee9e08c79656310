// What the server does for each key (a confid, mostly): a key no rule knows is answered with success
// and repeated. tests/support/behaviour.rs has the same rules and more.
using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace Ytx.Tests;

internal static class Behaviour
{
    internal static async Task Of(Server.Exchange exchange)
    {
        string key = exchange.Key;
        if (exchange.Head.StartsWith("CONNECT ", StringComparison.Ordinal)) await exchange.Answer(403, "");
        else if (key.StartsWith("await ", StringComparison.Ordinal))
        {
            await exchange.Server.Arrived(key[6..]);
            await exchange.Echo();
        }
        else if (key.StartsWith("held", StringComparison.Ordinal))
        {
            await exchange.Server.Arrived("release" + key[4..]);
            await exchange.Echo();
        }
        else if (key.StartsWith("200:", StringComparison.Ordinal))
            await exchange.Answer(200, Convert.FromHexString(key[4..]));
        else if (key.Split(';') is [_, .. { Length: > 0 } answers])
            await Told(exchange, answers[Math.Min(exchange.Earlier, answers.Length - 1)]);
        else
        {
            switch (key)
            {
                case "silence":
                    await exchange.Server.Ended;
                    break;
                case "close always":
                    throw new IOException("closed");
                case "close in the body":
                    await exchange.Write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"statusCode\":");
                    throw new IOException("closed");
                case "not HTTP":
                    await exchange.Write("SSH-2.0-server\r\n\r\n");
                    break;
                case "endless body":
                    await exchange.Write("HTTP/1.1 200 OK\r\n\r\n");
                    while (true) await exchange.Write(new string(' ', 10_000));
                case "503 always":
                case "503 twice" when exchange.Earlier < 2:
                    await exchange.Answer(503, "<html>");
                    break;
                case "proxy 407":
                    await exchange.Answer(407, "");
                    break;
                default:
                    await exchange.Echo();
                    break;
            }
        }
    }

    /// <summary>One of the answers that a key such as "name;1u 2M;-100" asks for: a refusal, or members
    /// as tests/support/rooms.rs has them.</summary>
    private static Task Told(Server.Exchange exchange, string answer)
    {
        if (answer[0] == '-')
            return exchange.Answer(200, $$"""{"statusCode" : "{{answer}}","statusMsg":"n\u006f"}""");
        var rows = answer.Split(' ').Select((member, place) => $$"""
            {"meid":"{{place}}","phone":"{{member[..^1]}}","statusname":"{{(char.IsUpper(member[^1]) ? "不在线" : "在线")}}",
            "ifmutename":"{{(member[^1] is 'm' or 'M' ? "已静音" : "未静音")}}"}
            """);
        return exchange.Answer(200, $$"""{"statusCode":"0","statusMsg":[{{string.Join(",", rows)}}]}""");
    }
}
