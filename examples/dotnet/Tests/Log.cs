// The log: on which thread it runs, what it may do, and that what it throws goes no further.
using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Ytx.Tests;

public sealed class Log : WithServer
{
    [Fact]
    public void ItRunsOnTheCallingThreadAndMayCall()
    {
        YtxClient? client = null;
        var threads = new List<int>();
        bool inTheLog = false;
        client = Loud((level, line) =>
        {
            threads.Add(Environment.CurrentManagedThreadId);
            Assert.True(level >= YtxLogLevel.Error && level <= YtxLogLevel.Debug && line.Length > 0, "a line");
            if (client == null || inTheLog) return;
            inTheLog = true;
            client.LockMeeting(Appid, "from the log");
            inTheLog = false;
        });
        int made = threads.Count;
        var calling = new Thread(() => client.LockMeeting(Appid, "elsewhere"));
        calling.Start();
        calling.Join();
        Assert.True(made >= 1 && threads.Take(made).All(id => id == Environment.CurrentManagedThreadId), "here");
        Assert.Equal(made + 2, threads.Count); // a line each of two calls
        Assert.All(threads.Skip(made), id => Assert.Equal(calling.ManagedThreadId, id));
        client.Dispose();
        Assert.Single(Server.Keys, "from the log");
    }

    [Fact]
    public async Task OfCallsThatDoNotBlockItRunsOnOneThreadAndMayCall()
    {
        YtxClient? client = null;
        var threads = new ConcurrentQueue<string?>();
        client = Loud((level, line) =>
        {
            if (client == null) return;
            threads.Enqueue(Thread.CurrentThread.Name);
            if (threads.Count == 1) client.LockMeeting(Appid, "from the log");
        });
        using (client)
            await Task.WhenAll(Enumerable.Range(0, 20).Select(i => client.LockMeetingAsync(Appid, "logged " + i)));
        Assert.Equal(21, threads.Count);
        Assert.All(threads, name => Assert.Equal("ytx", name));
    }

    [Fact]
    public async Task WhatItThrowsGoesNoFurther()
    {
        int thrown = 0;
        using YtxClient client = Loud((level, line) =>
        {
            Interlocked.Increment(ref thrown);
            throw new InvalidOperationException("from the log");
        });
        Assert.Equal(Echo("thrown"), client.LockMeeting(Appid, "thrown"));
        Assert.Equal(Echo("thrown"), await client.LockMeetingAsync(Appid, "thrown"));
        var failure = Assert.Throws<YtxException>(() => client.LockMeeting(Appid, "close always"));
        Assert.Equal(YtxErrorKind.Io, failure.Kind);
        Assert.True(thrown >= 4, "it threw each time");
    }

    [Fact]
    public void ADerivedClientKeepsIt()
    {
        int lines = 0;
        YtxClient? derived = null;
        var derive = new Thread(() => // its stack, with all other references to the log, goes
        {
            using YtxClient client = Loud((level, line) => lines++);
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
        derived!.LockMeeting(Appid, "logged");
        Assert.Equal(before + 1, lines);
        derived.Dispose();
    }

    [Fact]
    public void ItHearsWhatItAskedFor()
    {
        var heard = new List<YtxLogLevel>();
        YtxOptions options = Patient();
        options.Log = (level, line) => heard.Add(level);
        using var client = new YtxClient(Sid, Token, options);
        client.LockMeeting(Appid, "quiet");
        Assert.Throws<YtxException>(() => client.LockMeeting(Appid, "503 always"));
        Assert.Equal([YtxLogLevel.Warn], heard);
    }

    /// <summary>By the lines of the package's README.</summary>
    [Fact]
    public void ItGoesToAnILogger()
    {
        var logger = new Lines();
        YtxOptions options = Patient();
        Readme.ToLogger(options, logger);
        using var client = new YtxClient(Sid, Token, options);
        Assert.Throws<YtxException>(() => client.LockMeeting(Appid, "503 always"));
        Assert.Equal(LogLevel.Warning, Assert.Single(logger.Heard).Level);
        Assert.Contains("503", logger.Heard[0].Line, StringComparison.Ordinal);
    }

    private sealed class Lines : ILogger
    {
        internal List<(LogLevel Level, string Line)> Heard { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        void ILogger.Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) Heard.Add((logLevel, formatter(state, exception)));
        }
    }
}
