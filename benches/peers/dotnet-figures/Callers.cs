// The two that are compared. Both sign, send, and read the whole answer; of a state both make the
// same objects.
using System;
using System.Collections.Generic;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Ytx;

internal interface ICaller : IDisposable
{
    void Lock(string room);

    void State(string room);

    Task LockAsync(string room);

    Task StateAsync(string room);
}

internal static class Account
{
    internal const string Sid = "ff8080813c37da53013c804f8072007c";
    internal const string Token = "0123456789abcdef0123456789abcdef";
    internal const string Appid = "ff8080813fc70a7b013fc72312324213";

    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
}

internal sealed class ByYtx : ICaller
{
    private readonly YtxClient client;

    internal ByYtx(string url)
    {
        // As HttpClient, it keeps what it has opened.
        var options = new YtxOptions { BaseUrl = url, Timeout = Account.Patience, ConnectTimeout = Account.Patience };
        client = new YtxClient(Account.Sid, Account.Token, options);
    }

    public void Lock(string room) => client.LockMeeting(Account.Appid, room);

    public void State(string room) => client.MeetingState(Account.Appid, room);

    public Task LockAsync(string room) => client.LockMeetingAsync(Account.Appid, room);

    public Task StateAsync(string room) => client.MeetingStateAsync(Account.Appid, room);

    public void Dispose() => client.Dispose();
}

internal sealed class ByHttpClient : ICaller
{
    private readonly HttpClient client = new() { Timeout = Account.Patience };
    private readonly string url;

    internal ByHttpClient(string url)
    {
        this.url = url;
    }

    public void Lock(string room)
    {
        using HttpRequestMessage request = Signed("lockMeeting", room);
        using HttpResponseMessage response = client.Send(request);
        using JsonDocument answer = JsonDocument.Parse(response.Content.ReadAsStream());
        Check(answer.RootElement);
    }

    public async Task LockAsync(string room)
    {
        using HttpRequestMessage request = Signed("lockMeeting", room);
        using HttpResponseMessage response = await client.SendAsync(request).ConfigureAwait(false);
        using JsonDocument answer = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false));
        Check(answer.RootElement);
    }

    public void State(string room)
    {
        using HttpRequestMessage request = Signed("meetingState", room);
        using HttpResponseMessage response = client.Send(request);
        using JsonDocument answer = JsonDocument.Parse(response.Content.ReadAsStream());
        Members(answer.RootElement);
    }

    public async Task StateAsync(string room)
    {
        using HttpRequestMessage request = Signed("meetingState", room);
        using HttpResponseMessage response = await client.SendAsync(request).ConfigureAwait(false);
        using JsonDocument answer = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false));
        Members(answer.RootElement);
    }

    public void Dispose() => client.Dispose();

    private HttpRequestMessage Signed(string action, string room)
    {
        string time = DateTime.Now.ToString("yyyyMMddHHmmss");
        string sign = Convert.ToHexString(MD5.HashData(Encoding.UTF8.GetBytes(Account.Sid + Account.Token + time)));
        string authorization = Convert.ToBase64String(Encoding.UTF8.GetBytes(Account.Sid + "|" + time));
        byte[] body = action == "lockMeeting"
            ? JsonSerializer.SerializeToUtf8Bytes(new { action, appid = Account.Appid, confid = room, lackstate = "1" })
            : JsonSerializer.SerializeToUtf8Bytes(new { action, appid = Account.Appid, confid = room });
        var request = new HttpRequestMessage(
            HttpMethod.Post, $"{url}/201612/sid/{Account.Sid}/call/TeleMeeting.wx?Sign={sign}")
        {
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        return request;
    }

    private static void Check(JsonElement answer)
    {
        if (answer.GetProperty("statusCode").GetString() != "0") throw new InvalidOperationException("refused");
    }

    private static List<(string, string, string, string)> Members(JsonElement answer)
    {
        Check(answer);
        var members = new List<(string, string, string, string)>();
        foreach (JsonElement member in answer.GetProperty("statusMsg").EnumerateArray())
            members.Add((Text(member, "meid"), Text(member, "phone"), Text(member, "statusname"), Text(member, "ifmutename")));
        return members;
    }

    private static string Text(JsonElement member, string name) => member.GetProperty(name).GetString() ?? "";
}
