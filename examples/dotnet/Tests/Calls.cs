// Each call by both of its names. The server is asked by turns: tests/dotnet.rs compares.
using Ytx;

internal static class Calls
{
    public static void ACallAndItsTwinAreTheSame(string url)
    {
        using (YtxClient client = Check.Client(url))
        {
            Check.Equal(Check.Echo("1"), client.LockMeeting(Check.Appid, "1"));
            Check.Equal(Check.Echo("1"), client.LockMeetingAsync(Check.Appid, "1").Result);
            Check.Equal(Check.Echo("2"), client.UnlockMeeting(Check.Appid, "2"));
            Check.Equal(Check.Echo("2"), client.UnlockMeetingAsync(Check.Appid, "2").Result);
            string room = Check.Told("{\"statusCode\":0,\"statusMsg\":[{\"meid\":\"2\",\"phone\":\"1\",\"statusname\":\"在线\",\"ifmutename\":\"未静音\"}]}");
            Check.Equal("1", client.MeetingState(Check.Appid, room).Members[0].Phone);
            Check.Equal("1", client.MeetingStateAsync(Check.Appid, room).Result.Members[0].Phone);
            Check.Equal(Check.Echo("4.wx"), client.Request("sms", "4.wx", "{\"a\":1}"));
            Check.Equal(Check.Echo("4.wx"), client.RequestAsync("sms", "4.wx", "{\"a\":1}").Result);
            Check.Equal(Check.Echo("5.wx"), client.Request("call", "5.wx", "{}", "201701"));
            Check.Equal(Check.Echo("5.wx"), client.RequestAsync("call", "5.wx", "{}", "201701").Result);
        }
    }
}
