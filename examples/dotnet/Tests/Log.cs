// The log: on which thread it runs, what it may do, and that what it throws goes no further.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Ytx;

internal static class Log
{
    public static void ItRunsOnTheCallingThreadAndMayCall(string url)
    {
        YtxClient client = null;
        var threads = new List<int>();
        bool inTheLog = false;
        client = Loud(url, (level, line) =>
        {
            threads.Add(Thread.CurrentThread.ManagedThreadId);
            Check.That(level >= YtxLogLevel.Error && level <= YtxLogLevel.Debug && line.Length > 0, "a line");
            if (client == null || inTheLog) return;
            inTheLog = true;
            client.LockMeeting(Check.Appid, "from the log");
            inTheLog = false;
        });
        int made = threads.Count;
        var calling = new Thread(() => client.LockMeeting(Check.Appid, "elsewhere"));
        calling.Start();
        calling.Join();
        Check.That(made >= 1 && threads.Take(made).All(id => id == Thread.CurrentThread.ManagedThreadId), "here");
        Check.That(threads.Count == made + 2, "a line each of two calls");
        Check.That(threads.Skip(made).All(id => id == calling.ManagedThreadId), "and there");
        client.Dispose();
    }

    public static void WhatItThrowsGoesNoFurther(string url)
    {
        int thrown = 0;
        using (YtxClient client = Loud(url, (level, line) =>
        {
            thrown++;
            throw new InvalidOperationException("from the log");
        }))
        {
            Check.Equal(Check.Echo("thrown"), client.LockMeeting(Check.Appid, "thrown"));
            var failure = Check.Throws<YtxException>(() => client.LockMeeting(Check.Appid, "close always"));
            Check.Equal(YtxErrorKind.Io, failure.Kind);
            Check.That(thrown >= 3, "it threw each time");
        }
    }

    public static void ADerivedClientKeepsIt(string url)
    {
        int lines = 0;
        YtxClient derived = null;
        var derive = new Thread(() => // its stack, with all other references to the log, goes
        {
            using (YtxClient client = Loud(url, (level, line) => lines++))
                derived = client.WithTimeout(TimeSpan.Zero);
        });
        derive.Start();
        derive.Join();
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        int before = lines;
        derived.LockMeeting(Check.Appid, "logged");
        Check.Equal(before + 1, lines);
        derived.Dispose();
    }

    public static void ItHearsWhatItAskedFor(string url)
    {
        var heard = new List<YtxLogLevel>();
        YtxOptions options = Check.Patient(url);
        options.Log = (level, line) => heard.Add(level);
        using (var client = new YtxClient(Check.Sid, Check.Token, options))
        {
            client.LockMeeting(Check.Appid, "quiet");
            Check.Throws<YtxException>(() => client.LockMeeting(Check.Appid, "503 always"));
        }
        Check.That(heard.SequenceEqual(new[] { YtxLogLevel.Warn }), "one failure");
    }

    private static YtxClient Loud(string url, Action<YtxLogLevel, string> log)
    {
        YtxOptions options = Check.Patient(url);
        options.LogLevel = YtxLogLevel.Debug;
        options.Log = log;
        return new YtxClient(Check.Sid, Check.Token, options);
    }
}
