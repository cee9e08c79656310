// One client, many threads.
using System;
using System.Linq;
using System.Threading;
using Ytx;

internal static class Threads
{
    public static void EachGetsItsOwnAnswers(string url)
    {
        using (YtxClient client = Check.Client(url))
        {
            Exception failure = null;
            var threads = Enumerable.Range(0, 64).Select(thread => new Thread(() =>
            {
                try
                {
                    for (int call = 0; call < 25; call++)
                    {
                        string key = $"t{thread}c{call}";
                        Check.Equal(Check.Echo(key), client.LockMeeting(Check.Appid, key));
                    }
                }
                catch (Exception thrown)
                {
                    failure = thrown;
                }
            })).ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => thread.Join());
            if (failure != null) throw failure;
        }
    }
}
